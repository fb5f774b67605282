/* Declarations that the parts of the core share. Each function does exactly what the Python function of the same
   name does. That is the reference, and the tests compare the two. Rare cases call the Python function. */

#ifndef REPLAY_CORE_H
#define REPLAY_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

/* Increased whenever a signature changes. A core with another number is not used. */
#define REPLAY_CORE_INTERFACE 7

/* The state of the module, which the recorder sets once. */
typedef struct {
    PyObject *jinja_types; /* frozenset: types of objects that Jinja itself creates */
    PyObject *taken_apart; /* frozenset: types of values whose reads are noted step by step */
    PyObject *plain;       /* frozenset: types of values that are stored as themselves */
    PyObject *macro;       /* type of the macros of a render */
    PyObject *loop;        /* type of the loops of a render */
    PyObject *cycle;       /* function: the cycle() of a loop */
    PyObject *markup;      /* type */
    PyObject *nobody;      /* subject of questions that belong to no object */
    PyObject *again;       /* the answer that a replay computes itself */
    PyObject *call_word;   /* the question of a call */
    PyObject *live_globals; /* dict: Jinja's own global functions, by identity */
    PyObject *passed;      /* names of attributes from here on */
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

/* The objects that the helpers of one render use; its tracer has the same objects. */
typedef struct {
    PyObject_HEAD
    PyObject *log;         /* list: subject, question, answer, … */
    PyObject *own;         /* dict: containers that the template created, by identity */
    PyObject *filled;      /* dict: namespaces in which objects of the app set values, by identity */
    PyObject *secret;      /* dict: secrets, by identity */
    PyObject *lent;        /* dict: containers that were passed to the app */
    PyObject *undefined;   /* makes undefined values */
    PyObject *of_filled;   /* notes a value from a filled namespace */
    PyObject *twice;       /* reads a pair in two steps */
    PyObject *give;        /* notes objects of Jinja's own that are about to be passed to the app */
    PyObject *give_context; /* notes those in a context */
    PyObject *lend;        /* notes values that were passed to the app */
    PyObject *drop;        /* drops entries of a call */
    PyObject *called;      /* finds out whether a call returned a secret */
    PyObject *note_all;    /* notes an answer to several operands */
    PyObject *failed;      /* keeps a failure of the recorder */
    PyObject *escape;      /* the next three handle rare cases; the last two are NULL until then */
    PyObject *call;
    PyObject *call_method;
    PyObject *tracer;
} Helpers;

extern PyType_Spec replay_helpers_spec;
extern PyType_Spec replay_foreign_spec;

State *replay_state_of(Helpers *self);
int replay_is_of(PyObject *kinds, PyObject *object);
int replay_survives(Helpers *self);
int replay_has_identity(PyObject *identities, PyObject *object);
int replay_is_no_loan(Helpers *self, PyObject *value);
int replay_give(Helpers *self, PyObject *const *args, Py_ssize_t count);
int replay_let_go(Helpers *self, Py_ssize_t mark, Py_ssize_t borrowed);
PyObject *replay_all_of(PyObject *const *args, Py_ssize_t count);
PyObject *replay_noted(Helpers *self, PyObject *subject, PyObject *question, PyObject *answer);
PyObject *replay_foreign(Helpers *self, PyObject *const *args, Py_ssize_t count);

PyObject *replay_group(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *replay_outline(PyObject *module, PyObject *document);

#endif
