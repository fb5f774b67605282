/* The module flask_replay.engine.recording._core. What it knows is in its own state, which
   interpreters do not share. */

#include "core.h"

#define KNOWN(apply)                                                                                   \
    apply(jinja_types) apply(taken_apart) apply(plain) apply(macro) apply(markup) apply(nobody)        \
    apply(again) apply(call_word) apply(live_globals) apply(passed) apply(keywords) apply(helpers)

static PyObject *
know(PyObject *module, PyObject *args)
{
    State *state = PyModule_GetState(module);
    PyObject *sets[3], *macro, *markup, *nobody, *again, *call_word, *live_globals;
    if (!PyArg_ParseTuple(args, "O!O!O!O!O!OOOO!:know", &PyFrozenSet_Type, &sets[0], &PyFrozenSet_Type, &sets[1],
                          &PyFrozenSet_Type, &sets[2], &PyType_Type, &macro, &PyType_Type, &markup, &nobody, &again,
                          &call_word, &PyDict_Type, &live_globals)) {
        return NULL;
    }
    Py_XSETREF(state->jinja_types, Py_NewRef(sets[0]));
    Py_XSETREF(state->taken_apart, Py_NewRef(sets[1]));
    Py_XSETREF(state->plain, Py_NewRef(sets[2]));
    Py_XSETREF(state->macro, Py_NewRef(macro));
    Py_XSETREF(state->markup, Py_NewRef(markup));
    Py_XSETREF(state->nobody, Py_NewRef(nobody));
    Py_XSETREF(state->again, Py_NewRef(again));
    Py_XSETREF(state->call_word, Py_NewRef(call_word));
    Py_XSETREF(state->live_globals, Py_NewRef(live_globals));
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"group", (PyCFunction)(void (*)(void))replay_group, METH_FASTCALL,
     PyDoc_STR("Return answers as cells, by their questions.")},
    {"know", know, METH_VARARGS, PyDoc_STR("Learn which types and objects are the recorder's.")},
    {NULL, NULL, 0, NULL},
};

static int
set_up(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->keywords = Py_BuildValue("(ss)", "obj", "name");
    state->helpers = PyType_FromModuleAndSpec(module, &replay_helpers_spec, NULL);
    state->passed = PyUnicode_InternFromString("jinja_pass_arg");
    if (state->keywords == NULL || state->passed == NULL || state->helpers == NULL
        || PyModule_AddType(module, (PyTypeObject *)state->helpers) < 0) {
        return -1;
    }
    return PyModule_AddIntConstant(module, "INTERFACE", REPLAY_CORE_INTERFACE);
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
#define VISIT(field) Py_VISIT(state->field);
    KNOWN(VISIT)
    return 0;
}

static int
clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
#define CLEAR(field) Py_CLEAR(state->field);
    KNOWN(CLEAR)
    return 0;
}

static void
free_module(void *module)
{
    clear(module);
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
    .m_size = sizeof(State),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = free_module,
};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
