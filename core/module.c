/* The module flask_replay.engine.recording._core. All its data is in its module state, which
   interpreters do not share. */

#include "core.h"

#define RECEIVED(apply)                                                                                \
    apply(jinja_types) apply(taken_apart) apply(plain) apply(macro) apply(loop) apply(cycle)           \
    apply(markup) apply(nobody) apply(again) apply(call_word) apply(live_globals)

#define MADE(apply)                                                                                    \
    apply(passed) apply(simple_count) apply(func) apply(given) apply(eval_ctx) apply(environment)      \
    apply(autoescape) apply(keywords) apply(app) apply(helpers) apply(foreign)

static PyObject *
know(PyObject *module, PyObject *args)
{
    State *state = PyModule_GetState(module), received;
    PyTypeObject *set = &PyFrozenSet_Type, *type = &PyType_Type;
    if (!PyArg_ParseTuple(args, "O!O!O!O!O!OO!OOOO!:know", set, &received.jinja_types, set,
                          &received.taken_apart, set, &received.plain, type, &received.macro, type,
                          &received.loop, &received.cycle, type, &received.markup, &received.nobody,
                          &received.again, &received.call_word, &PyDict_Type,
                          &received.live_globals)) {
        return NULL;
    }
#define KEEP(field) Py_XSETREF(state->field, Py_NewRef(received.field));
    RECEIVED(KEEP)
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"group", (PyCFunction)(void (*)(void))replay_group, METH_FASTCALL,
     PyDoc_STR("Return answers as cells, by their questions.")},
    {"outline", replay_outline, METH_O,
     PyDoc_STR("Return the names, the names of containers, and the depth of a JSON document.")},
    {"know", know, METH_VARARGS, PyDoc_STR("Learn which types and objects are the recorder's.")},
    {NULL, NULL, 0, NULL},
};

static int
set_up(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->passed = PyUnicode_InternFromString("jinja_pass_arg");
    state->simple_count = PyUnicode_InternFromString("_simple_count");
    state->func = PyUnicode_InternFromString("_func");
    state->given = PyUnicode_InternFromString("_given");
    state->eval_ctx = PyUnicode_InternFromString("eval_ctx");
    state->environment = PyUnicode_InternFromString("environment");
    state->autoescape = PyUnicode_InternFromString("autoescape");
    state->keywords = Py_BuildValue("(ss)", "obj", "name");
    state->app = Py_BuildValue("(s)", "app");
    state->helpers = PyType_FromModuleAndSpec(module, &replay_helpers_spec, NULL);
    state->foreign = PyType_FromModuleAndSpec(module, &replay_foreign_spec, NULL);
#define CHECK(field)                                                                                   \
    if (state->field == NULL) {                                                                        \
        return -1;                                                                                     \
    }
    MADE(CHECK)
    if (PyModule_AddType(module, (PyTypeObject *)state->helpers) < 0) {
        return -1;
    }
    return PyModule_AddIntConstant(module, "INTERFACE", REPLAY_CORE_INTERFACE);
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
#define VISIT(field) Py_VISIT(state->field);
    RECEIVED(VISIT) MADE(VISIT)
    return 0;
}

static int
clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
#define CLEAR(field) Py_CLEAR(state->field);
    RECEIVED(CLEAR) MADE(CLEAR)
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
    {Py_mod_gil, Py_MOD_GIL_USED}, /* it borrows references from lists that other threads could change */
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "flask_replay.engine.recording._core",
    .m_doc = PyDoc_STR("What runs per read, entry and JSON value, compiled."),
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
