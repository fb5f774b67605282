/* The module flask_replay.engine.recording._core. It has no state that interpreters share. */

#include "core.h"

static PyMethodDef functions[] = {
    {"group", (PyCFunction)(void (*)(void))replay_group, METH_FASTCALL,
     PyDoc_STR("Return answers as cells, by their questions.")},
    {NULL, NULL, 0, NULL},
};

static int
set_up(PyObject *module)
{
    return PyModule_AddIntConstant(module, "INTERFACE", REPLAY_CORE_INTERFACE);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, set_up},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_USED}, /* it borrows from lists that other threads could change */
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "flask_replay.engine.recording._core",
    .m_doc = PyDoc_STR("What runs per read and per entry, compiled."),
    .m_size = 0,
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
