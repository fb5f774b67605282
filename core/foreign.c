/* Filters and tests of the app: see RecordedFunctions in engine/recording/filters_and_tests.py. */

#include "core.h"

#include <stddef.h>

typedef enum { NOTHING, CONTEXT, EVAL_CONTEXT, ENVIRONMENT } Passed;

typedef struct {
    PyObject_HEAD
    vectorcallfunc run;
    Helpers *helpers;
    PyObject *function;
    PyObject *word; /* the question under which it is noted */
    PyObject *rest; /* handles rare cases */
    Passed passed;  /* the argument that the function requests before its operands */
} Foreign;

/* Note an answer directly if nothing else depends on it. */
static PyObject *
note_answer(Foreign *self, PyObject *const *operands, Py_ssize_t count, PyObject *answer)
{
    Helpers *to = self->helpers;
    State *state = replay_state_of(to);
    int usual = PyDict_GET_SIZE(to->secret) == 0;
    if (usual) {
        int found = replay_is_of(state->jinja_types, answer);
        usual = found < 0 ? -1 : !found;
    }
    for (Py_ssize_t place = 0; usual > 0 && place < count; place++) {
        usual = replay_is_no_loan(to, operands[place]);
    }
    if (usual > 0) {
        return replay_noted(to, count ? operands[0] : state->nobody, self->word, answer);
    }
    PyObject *all = usual < 0 ? NULL : replay_all_of(operands, count);
    PyObject *found = NULL;
    if (all != NULL) {
        PyObject *arguments[] = {self->word, all, answer, Py_True};
        found = PyObject_Vectorcall(to->note_all, arguments, 3, state->app);
        Py_DECREF(all);
    }
    if (found == NULL && replay_survives(to)) {
        return answer;
    }
    Py_DECREF(answer);
    return found;
}

/* Call the function with an attribute of the context in place of the context. */
static PyObject *
call_with(Foreign *self, PyObject *name, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    Py_ssize_t all = count + (keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords));
    PyObject *answer = NULL, *passed = PyObject_GetAttr(args[0], name);
    PyObject **given = passed == NULL ? NULL : PyMem_New(PyObject *, (size_t)all);
    if (given != NULL) {
        memcpy(given, args, (size_t)all * sizeof(PyObject *));
        given[0] = passed;
        answer = PyObject_Vectorcall(self->function, given, (size_t)count, keywords);
        PyMem_Free(given);
    }
    else if (passed != NULL) {
        PyErr_NoMemory();
    }
    Py_XDECREF(passed);
    return answer;
}

/* Note the objects of Jinja's own in a context that the function is about to be passed. */
static int
give_context(Helpers *to, PyObject *context)
{
    PyObject *none = PyObject_CallOneArg(to->give_context, context);
    Py_XDECREF(none);
    return none != NULL || replay_survives(to) ? 0 : -1;
}

/* Arguments: context, operands. */
static PyObject *
run(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Foreign *self = (Foreign *)callable;
    Helpers *to = self->helpers;
    State *state = replay_state_of(to);
    Py_ssize_t count = PyVectorcall_NARGS(flags);
    Py_ssize_t all = count + (keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords));
    if (count < 1 || PyDict_GET_SIZE(to->secret)) {
        return PyObject_Vectorcall(self->rest, args, (size_t)count, keywords);
    }
    if (replay_give(to, args + 1, all - 1) < 0 || (self->passed == CONTEXT && give_context(to, args[0]) < 0)) {
        return NULL;
    }
    Py_ssize_t mark = PyList_GET_SIZE(to->log), borrowed = PyDict_GET_SIZE(to->lent);
    PyObject *answer;
    switch (self->passed) {
    case CONTEXT:
        answer = PyObject_Vectorcall(self->function, args, (size_t)count, keywords);
        break;
    case EVAL_CONTEXT:
        answer = call_with(self, state->eval_ctx, args, count, keywords);
        break;
    case ENVIRONMENT:
        answer = call_with(self, state->environment, args, count, keywords);
        break;
    default:
        answer = PyObject_Vectorcall(self->function, args + 1, (size_t)count - 1, keywords);
    }
    if (answer != NULL && replay_let_go(to, mark, borrowed) < 0) {
        Py_CLEAR(answer);
    }
    return answer == NULL ? NULL : note_answer(self, args + 1, all - 1, answer);
}

/* Arguments: function, the argument that it requests, word, handler of rare cases. */
PyObject *
replay_foreign(Helpers *helpers, PyObject *const *args, Py_ssize_t count)
{
    if (count != 4) {
        return PyErr_Format(PyExc_TypeError, "foreign() takes 4 arguments, got %zd", count);
    }
    long passed = PyLong_AsLong(args[1]);
    if (passed < NOTHING || passed > ENVIRONMENT) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "foreign() knows of no such argument");
        }
        return NULL;
    }
    PyTypeObject *type = (PyTypeObject *)replay_state_of(helpers)->foreign;
    Foreign *self = (Foreign *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->run = run;
        self->helpers = (Helpers *)Py_NewRef((PyObject *)helpers);
        self->function = Py_NewRef(args[0]);
        self->passed = (Passed)passed;
        self->word = Py_NewRef(args[2]);
        self->rest = Py_NewRef(args[3]);
    }
    return (PyObject *)self;
}

/* There is no tp_clear, for the same reason as for helpers. */
static int
traverse(Foreign *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->helpers);
    Py_VISIT(self->function);
    Py_VISIT(self->word);
    Py_VISIT(self->rest);
    return 0;
}

static void
dealloc(Foreign *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->helpers);
    Py_XDECREF(self->function);
    Py_XDECREF(self->word);
    Py_XDECREF(self->rest);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Foreign, run), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, PyDoc_STR("Calls a filter or a test of the app's, and notes what it gives.")},
    {Py_tp_dealloc, dealloc},
    {Py_tp_traverse, traverse},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, members},
    {0, NULL},
};

PyType_Spec replay_foreign_spec = {
    .name = "flask_replay.engine.recording._core.Foreign",
    .basicsize = sizeof(Foreign),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE
        | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
