/* What the parts of the core share. Each function does what the Python function of its name does,
   to the letter: that is the reference, and the tests compare the two. What is rare is left to it. */

#ifndef REPLAY_CORE_H
#define REPLAY_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Increased whenever a signature changes: a core that was built for another one is left alone. */
#define REPLAY_CORE_INTERFACE 2

/* Of the module: what the recorder tells it once. */
typedef struct {
    PyObject *jinja_types; /* frozenset: types of what Jinja itself provides */
    PyObject *taken_apart; /* frozenset: types of values that may answer for themselves */
    PyObject *plain;       /* frozenset: types of values that stand for themselves */
    PyObject *macro;       /* type of the macros of a render */
    PyObject *markup;      /* type */
    PyObject *nobody;      /* subject of questions that no single object owns */
    PyObject *again;       /* answer that a replay finds itself */
    PyObject *call_word;   /* question: what does it give when it is called? */
    PyObject *live_globals; /* dict: Jinja's own global functions, by identity */
    PyObject *passed;      /* "jinja_pass_arg" */
    PyObject *keywords;    /* ("obj", "name") */
    PyObject *helpers;     /* type */
} State;

extern PyType_Spec replay_helpers_spec;

PyObject *replay_group(PyObject *module, PyObject *const *args, Py_ssize_t count);

#endif
