/* What the parts of the core share. Each function does what the Python function of its name does,
   to the letter: that is the reference, and the tests compare the two. What is rare is left to it. */

#ifndef REPLAY_CORE_H
#define REPLAY_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Increased whenever a signature changes: a core that was built for another one is left alone. */
#define REPLAY_CORE_INTERFACE 1

PyObject *replay_group(PyObject *module, PyObject *const *args, Py_ssize_t count);

#endif
