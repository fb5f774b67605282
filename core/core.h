/* What the parts of the core share. Each function does what the Python function of its name does,
   to the letter: that is the reference, and the tests compare the two. What is rare is left to it. */

#ifndef REPLAY_CORE_H
#define REPLAY_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

/* Increased whenever a signature changes: a core that was built for another one is left alone. */
#define REPLAY_CORE_INTERFACE 3

/* Of the module: what the recorder tells it once. */
typedef struct {
    PyObject *jinja_types; /* frozenset: types of what Jinja itself provides */
    PyObject *taken_apart; /* frozenset: types of values that may answer for themselves */
    PyObject *plain;       /* frozenset: types of values that stand for themselves */
    PyObject *macro;       /* type of the macros of a render */
    PyObject *loop;        /* type of the loops of a render */
    PyObject *cycle;       /* function: what a loop's cycle() is */
    PyObject *markup;      /* type */
    PyObject *nobody;      /* subject of questions that no single object owns */
    PyObject *again;       /* answer that a replay finds itself */
    PyObject *call_word;   /* question: what does it give when it is called? */
    PyObject *live_globals; /* dict: Jinja's own global functions, by identity */
    PyObject *passed;      /* names of attributes, from here on */
    PyObject *simple_count;
    PyObject *func;
    PyObject *given;
    PyObject *eval_ctx;
    PyObject *environment;
    PyObject *autoescape;
    PyObject *keywords;    /* ("obj", "name") */
    PyObject *app;         /* ("app",) */
    PyObject *helpers;     /* type */
    PyObject *foreign;     /* type */
} State;

/* What the helpers of one render work on; its tracer has the same objects. */
typedef struct {
    PyObject_HEAD
    PyObject *log;         /* list: subject, question, answer, … */
    PyObject *own;         /* dict: what the template made, by identity */
    PyObject *filled;      /* dict: namespaces that objects of the app's filled, by identity */
    PyObject *secret;      /* dict: secrets, by identity */
    PyObject *lent;        /* dict: what the app was given */
    PyObject *undefined;   /* makes undefined values */
    PyObject *made;        /* learns what the template made */
    PyObject *of_filled;   /* notes what a filled namespace answered */
    PyObject *twice;       /* reads a pair in two steps */
    PyObject *lend;        /* learns what the app was given */
    PyObject *drop;        /* lets go of what a call read */
    PyObject *called;      /* finds out whether a call gave a secret */
    PyObject *note_all;    /* notes an answer to several operands */
    PyObject *escape;      /* the next three do what is rare */
    PyObject *call;
    PyObject *call_method;
} Helpers;

extern PyType_Spec replay_helpers_spec;
extern PyType_Spec replay_foreign_spec;

State *replay_state_of(Helpers *self);
int replay_is_of(PyObject *kinds, PyObject *object);
int replay_has_identity(PyObject *identities, PyObject *object);
int replay_let_go(Helpers *self, Py_ssize_t mark, Py_ssize_t borrowed);
PyObject *replay_all_of(PyObject *const *args, Py_ssize_t count);
PyObject *replay_noted(Helpers *self, PyObject *subject, PyObject *question, PyObject *answer);
PyObject *replay_foreign(Helpers *self, PyObject *const *args, Py_ssize_t count);

PyObject *replay_group(PyObject *module, PyObject *const *args, Py_ssize_t count);

#endif
