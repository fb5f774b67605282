/* The most frequent helpers of a template, which run while a visitor waits: attributes, texts and calls. The reference
   is reads.py, output.py and calls.py in engine/recording, and RuntimeMacro. Rare cases call these. */

#include "core.h"

#include <stddef.h>

#define FIELDS(apply)                                                                                  \
    apply(log) apply(own) apply(filled) apply(secret) apply(lent) apply(undefined)                     \
    apply(of_filled) apply(twice) apply(give) apply(give_context) apply(lend) apply(drop) apply(called) apply(note_all) apply(failed)  \
    apply(escape) apply(call) apply(call_method) apply(tracer)

#define STOPPED "value was undefined because a callable raised a StopIteration exception"

State *
replay_state_of(Helpers *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

/* Set *answer to value.name: 1, 0 if it is missing, or -1 with an exception set. */
static int
look_up(PyObject *value, PyObject *name, PyObject **answer)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyObject_GetOptionalAttr(value, name, answer);
#else
    return _PyObject_LookupAttr(value, name, answer);
#endif
}

/* Return value.name, or else value[name], or else an undefined value, as Environment.getattr does. */
static PyObject *
read_attribute(Helpers *self, PyObject *value, PyObject *name)
{
    PyObject *answer;
    if (look_up(value, name, &answer) != 0) {
        return answer; /* NULL if it raised something other than an AttributeError */
    }
    answer = PyObject_GetItem(value, name);
    if (answer != NULL
        || !(PyErr_ExceptionMatches(PyExc_LookupError) || PyErr_ExceptionMatches(PyExc_TypeError)
             || PyErr_ExceptionMatches(PyExc_AttributeError))) {
        return answer;
    }
    PyErr_Clear();
    PyObject *arguments[] = {value, name};
    return PyObject_Vectorcall(self->undefined, arguments, 0, replay_state_of(self)->keywords);
}

/* Whether a dict has an object under its identity. */
int
replay_has_identity(PyObject *identities, PyObject *object)
{
    if (PyDict_GET_SIZE(identities) == 0) {
        return 0;
    }
    PyObject *identity = PyLong_FromVoidPtr(object);
    if (identity == NULL) {
        return -1;
    }
    int found = PyDict_Contains(identities, identity);
    Py_DECREF(identity);
    return found;
}

/* Whether an object is of one of some types: 1, 0, or -1 with an exception set. None of these types has a metaclass.
   That of a type of the app may compare and hash it, so it is not asked. */
int
replay_is_of(PyObject *kinds, PyObject *object)
{
    PyTypeObject *kind = Py_TYPE(object);
    return Py_IS_TYPE(kind, &PyType_Type) ? PySet_Contains(kinds, (PyObject *)kind) : 0;
}

/* Note an answer: all three items of an entry, or none. */
static int
note(PyObject *log, PyObject *subject, PyObject *question, PyObject *answer)
{
    Py_ssize_t size = PyList_GET_SIZE(log);
    if (PyList_Append(log, subject) == 0 && PyList_Append(log, question) == 0
        && PyList_Append(log, answer) == 0) {
        return 0;
    }
    PyList_SetSlice(log, size, PyList_GET_SIZE(log), NULL);
    return -1;
}

/* Whether the render goes on after a step of the recorder itself has failed: then the tracer keeps the failure, and no
   exception is set. One with a traceback was raised in Python, where the recorder keeps its own failures. So it belongs
   to the app: a signal handler, say. */
int
replay_survives(Helpers *self)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    if (traceback != NULL || !PyErr_GivenExceptionMatches(type, PyExc_Exception)) {
        PyErr_Restore(type, error, traceback);
        return 0;
    }
    PyErr_NormalizeException(&type, &error, &traceback);
    PyObject *none = PyObject_CallOneArg(self->failed, error);
    Py_XDECREF(none);
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
    return none != NULL;
}

/* Return an answer after it was noted. It is released if the render cannot go on. */
PyObject *
replay_noted(Helpers *self, PyObject *subject, PyObject *question, PyObject *answer)
{
    if (answer != NULL && note(self->log, subject, question, answer) < 0 && !replay_survives(self)) {
        Py_CLEAR(answer);
    }
    return answer;
}

static PyObject *
wrong_call(const char *name, Py_ssize_t wanted, Py_ssize_t given)
{
    return PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments, got %zd", name, wanted, given);
}

static PyObject *
helpers_getattr(Helpers *self, PyObject *const *args, Py_ssize_t count)
{
    if (count != 2) {
        return wrong_call("getattr", 2, count);
    }
    PyObject *value = args[0], *name = args[1];
    PyObject *answer = read_attribute(self, value, name);
    if (answer == NULL) {
        return NULL;
    }
    int found = replay_has_identity(self->own, value);
    if (found == 0) {
        found = replay_is_of(replay_state_of(self)->jinja_types, value);
        if (found == 0) {
            return replay_noted(self, value, name, answer);
        }
    }
    else if (found > 0 && (found = replay_has_identity(self->filled, value)) > 0) {
        PyObject *arguments[] = {value, name, answer};
        Py_SETREF(answer, PyObject_Vectorcall(self->of_filled, arguments, 3, NULL));
    }
    if (found < 0 && !replay_survives(self)) {
        Py_CLEAR(answer);
    }
    return answer;
}

/* Whether reads of a value are noted step by step: 1, 0, or -1 with an exception set. */
static int
is_taken_apart(Helpers *self, PyObject *value)
{
    int found = replay_is_of(replay_state_of(self)->taken_apart, value);
    return found ? found : replay_has_identity(self->own, value);
}

static PyObject *
helpers_getattr_pair(Helpers *self, PyObject *const *args, Py_ssize_t count)
{
    if (count != 4) {
        return wrong_call("getattr_pair", 4, count);
    }
    PyObject *value = args[0], *second = args[2], *word = args[3];
    int apart = PyDict_GET_SIZE(self->secret) ? 1 : is_taken_apart(self, value);
    if (apart) {
        return apart < 0 && !replay_survives(self) ? NULL : PyObject_Vectorcall(self->twice, args, 4, NULL);
    }
    PyObject *inner = read_attribute(self, value, args[1]);
    if (inner == NULL) {
        return NULL;
    }
    PyObject *answer = NULL;
    State *state = replay_state_of(self);
    apart = is_taken_apart(self, inner);
    if (apart == 0) {
        answer = replay_noted(self, inner, word, read_attribute(self, inner, second));
    }
    else if ((apart > 0 && note(self->log, state->nobody, word, state->again) == 0
              && note(self->log, value, args[1], inner) == 0)
             || replay_survives(self)) {
        PyObject *arguments[] = {inner, second};
        answer = helpers_getattr(self, arguments, 2);
    }
    Py_DECREF(inner);
    return answer;
}

static PyObject *
helpers_escape(Helpers *self, PyObject *value)
{
    if (PyLong_CheckExact(value) || PyFloat_CheckExact(value)) {
        return PyObject_Str(value);
    }
    if ((PyObject *)Py_TYPE(value) == replay_state_of(self)->markup) {
        return Py_NewRef(value);
    }
    return PyObject_CallOneArg(self->escape, value);
}

/* Whether a callable requests an argument, such as the context: 1, 0, or -1 with an exception set. */
static int
wants_to_be_passed(Helpers *self, PyObject *callee)
{
    PyObject *mark;
    int found = PyCFunction_CheckExact(callee) ? 0 : look_up(callee, replay_state_of(self)->passed, &mark);
    if (found > 0) {
        found = mark != Py_None;
        Py_DECREF(mark);
    }
    return found;
}

/* Whether a callee is a function of the app, or a method of one of its objects, that is called without further
   arguments: 1, 0, or -1 with an exception set. */
static int
is_simple(Helpers *self, PyObject *callee)
{
    int apart;
    if (PyDict_GET_SIZE(self->secret)) {
        return 0;
    }
    if (PyMethod_Check(callee) || PyCFunction_CheckExact(callee)) {
        PyObject *owner = PyMethod_Check(callee) ? PyMethod_GET_SELF(callee) : PyCFunction_GET_SELF(callee);
        apart = owner == NULL ? 1 : is_taken_apart(self, owner);
    }
    else if (PyFunction_Check(callee)) {
        apart = replay_has_identity(replay_state_of(self)->live_globals, callee);
        apart = apart ? apart : replay_has_identity(self->own, callee);
    }
    else {
        return 0;
    }
    if (apart == 0) {
        apart = wants_to_be_passed(self, callee);
    }
    return apart < 0 ? -1 : !apart;
}

/* Return the arguments of a call, including keyword arguments, as a tuple. */
PyObject *
replay_all_of(PyObject *const *args, Py_ssize_t count)
{
    PyObject *all = PyTuple_New(count);
    for (Py_ssize_t place = 0; all != NULL && place < count; place++) {
        PyTuple_SET_ITEM(all, place, Py_NewRef(args[place]));
    }
    return all;
}

/* Whether the app may have a value, without changing the tracer's state: 1, 0, or -1. */
int
replay_is_no_loan(Helpers *self, PyObject *value)
{
    if (PyUnicode_CheckExact(value)) {
        return 1;
    }
    if (PyMethod_Check(value) || PyCFunction_CheckExact(value)) {
        return 0; /* it depends on the owner of the method */
    }
    int found = replay_is_of(replay_state_of(self)->jinja_types, value);
    if (found == 0) {
        found = replay_has_identity(self->own, value);
    }
    return found < 0 ? -1 : !found;
}

/* Note the objects of Jinja's own among values that are about to be passed to the app. */
int
replay_give(Helpers *self, PyObject *const *args, Py_ssize_t count)
{
    int known = 1;
    for (Py_ssize_t place = 0; known > 0 && place < count; place++) {
        known = replay_is_no_loan(self, args[place]);
    }
    if (known > 0) {
        return 0;
    }
    PyObject *all = known < 0 ? NULL : replay_all_of(args, count);
    PyObject *none = all == NULL ? NULL : PyObject_CallOneArg(self->give, all);
    Py_XDECREF(all);
    Py_XDECREF(none);
    return none != NULL || replay_survives(self) ? 0 : -1;
}

/* Note values that were passed to the app, unless all of them are plain. */
static int
lend_what_is_not_plain(Helpers *self, PyObject *const *args, Py_ssize_t count)
{
    PyObject *plain = replay_state_of(self)->plain;
    for (Py_ssize_t place = 0; place < count; place++) {
        int found = replay_is_of(plain, args[place]);
        if (found == 0) {
            PyObject *all = replay_all_of(args, count);
            PyObject *none = all == NULL ? NULL : PyObject_CallOneArg(self->lend, all);
            Py_XDECREF(all);
            Py_XDECREF(none);
            return none != NULL || replay_survives(self) ? 0 : -1;
        }
        if (found < 0) {
            return replay_survives(self) ? 0 : -1;
        }
    }
    return 0;
}

/* Drop the entries and lendings of a call: 0, or -1 with an exception set.

   mark, borrowed: number of entries of the log, and of lent values, before it. */
int
replay_let_go(Helpers *self, Py_ssize_t mark, Py_ssize_t borrowed)
{
    if (PyList_GET_SIZE(self->log) == mark && PyDict_GET_SIZE(self->lent) == borrowed) {
        return 0;
    }
    PyObject *none = PyObject_CallFunction(self->drop, "nn", mark, borrowed);
    Py_XDECREF(none);
    return none != NULL || replay_survives(self) ? 0 : -1;
}

/* Return the undefined value for a StopIteration that a call raised. */
static PyObject *
stopped(Helpers *self)
{
    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) {
        return NULL;
    }
    PyErr_Clear();
    return PyObject_CallFunction(self->undefined, "s", STOPPED);
}

/* Return the result of a macro, as markup where output is escaped: RuntimeMacro._call_simply. */
static PyObject *
text_of_macro(Helpers *self, PyObject *macro, PyObject *context, PyObject *const *args, Py_ssize_t count)
{
    State *state = replay_state_of(self);
    PyObject *eval_ctx = PyObject_GetAttr(context, state->eval_ctx), *text = NULL, *escapes = NULL, *answer = NULL;
    PyObject *function = eval_ctx == NULL ? NULL : PyObject_GetAttr(macro, state->func);
    if (function != NULL) {
        text = PyObject_Vectorcall(function, args, (size_t)count, NULL);
    }
    if (text != NULL) {
        escapes = PyObject_GetAttr(eval_ctx, state->autoescape);
    }
    if (escapes != NULL && !PyUnicode_CheckExact(text)) {
        answer = PyObject_CallMethodObjArgs(macro, state->given, text, escapes, NULL);
    }
    else if (escapes != NULL) {
        int escaped = PyObject_IsTrue(escapes);
        PyObject *arguments = escaped > 0 ? PyTuple_Pack(1, text) : NULL;
        if (arguments != NULL) {
            answer = PyUnicode_Type.tp_new((PyTypeObject *)state->markup, arguments, NULL);
            Py_DECREF(arguments);
        }
        else if (escaped == 0) {
            answer = Py_NewRef(text);
        }
    }
    Py_XDECREF(escapes);
    Py_XDECREF(text);
    Py_XDECREF(function);
    Py_XDECREF(eval_ctx);
    return answer == NULL ? stopped(self) : answer;
}

/* Whether a macro can be called without Jinja's checks of arguments: 1, 0, or -1. */
static int
is_simple_macro(Helpers *self, PyObject *callee, Py_ssize_t count, PyObject *keywords)
{
    State *state = replay_state_of(self);
    if ((PyObject *)Py_TYPE(callee) != state->macro || (keywords != NULL && PyTuple_GET_SIZE(keywords))) {
        return 0;
    }
    PyObject *wanted = PyObject_GetAttr(callee, state->simple_count);
    if (wanted == NULL) {
        return -1;
    }
    Py_ssize_t simple = PyLong_AsSsize_t(wanted);
    Py_DECREF(wanted);
    return simple == -1 && PyErr_Occurred() ? -1 : simple == count;
}

/* Whether it is a loop's cycle() of plain values, which is not noted: 1, 0, or -1. */
static int
is_cycle(Helpers *self, PyObject *callee, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    State *state = replay_state_of(self);
    if (!PyMethod_Check(callee) || PyMethod_GET_FUNCTION(callee) != state->cycle
        || (PyObject *)Py_TYPE(PyMethod_GET_SELF(callee)) != state->loop
        || (keywords != NULL && PyTuple_GET_SIZE(keywords)) || PyDict_GET_SIZE(self->secret)) {
        return 0;
    }
    for (Py_ssize_t place = 0; place < count; place++) {
        int plain = replay_is_of(state->plain, args[place]);
        if (plain <= 0) {
            return plain;
        }
    }
    return 1;
}

/* Call a simple callee, drop its own entries, and note the result.

   subject, word: the subject and the question of the entry. */
static PyObject *
call_simply(Helpers *self, PyObject *subject, PyObject *word, PyObject *callee, PyObject *const *args,
            Py_ssize_t count, PyObject *keywords)
{
    Py_ssize_t all = count + (keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords));
    if (replay_give(self, args, all) < 0) {
        return NULL;
    }
    Py_ssize_t mark = PyList_GET_SIZE(self->log), borrowed = PyDict_GET_SIZE(self->lent);
    PyObject *answer = PyObject_Vectorcall(callee, args, (size_t)count, keywords);
    if (answer == NULL && (answer = stopped(self)) == NULL) {
        return NULL;
    }
    if (replay_let_go(self, mark, borrowed) < 0) {
        Py_DECREF(answer);
        return NULL;
    }
    if (subject == callee && PyDict_GET_SIZE(self->secret)) {
        PyObject *operands = replay_all_of(args, all);
        PyObject *arguments[] = {callee, operands, answer};
        PyObject *found = operands == NULL ? NULL : PyObject_Vectorcall(self->called, arguments, 3, NULL);
        Py_XDECREF(operands);
        if (found != NULL || !replay_survives(self)) {
            Py_SETREF(answer, found);
        }
    }
    answer = replay_noted(self, subject, word, answer);
    if (answer != NULL && lend_what_is_not_plain(self, args, all) < 0) {
        Py_CLEAR(answer);
    }
    return answer;
}

/* Return an attribute of the tracer. Its name is interned, because Python's cache of attributes keeps each text that was
   asked for. */
static PyObject *
attribute_of(PyObject *tracer, const char *name)
{
    PyObject *interned = PyUnicode_InternFromString(name);
    PyObject *found = interned == NULL ? NULL : PyObject_GetAttr(tracer, interned);
    Py_XDECREF(interned);
    return found;
}

/* Call the Python function that handles a rare case. The tracer makes it when it is first needed. */
static PyObject *
call_in_python(Helpers *self, PyObject **place, const char *name, PyObject *const *args, Py_ssize_t count,
               PyObject *keywords)
{
    if (*place == NULL) {
        PyObject *made = attribute_of(self->tracer, name);
        if (made == NULL) {
            return NULL;
        }
        Py_XSETREF(*place, made);
    }
    return PyObject_Vectorcall(*place, args, (size_t)count, keywords);
}

/* Arguments: context, variables of the loop, variables of the block, callee, arguments. */
static PyObject *
helpers_call(Helpers *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    if (count < 4) {
        return wrong_call("call", 4, count);
    }
    int simple = is_simple_macro(self, args[3], count - 4, keywords);
    if (simple > 0) {
        return text_of_macro(self, args[3], args[0], args + 4, count - 4);
    }
    if (simple == 0 && (simple = is_cycle(self, args[3], args + 4, count - 4, keywords)) > 0) {
        return PyObject_Vectorcall(args[3], args + 4, (size_t)count - 4, NULL);
    }
    if (simple == 0) {
        simple = is_simple(self, args[3]);
    }
    if (simple <= 0) {
        return simple < 0 && !replay_survives(self)
            ? NULL
            : call_in_python(self, &self->call, "python_call", args, count, keywords);
    }
    return call_simply(self, args[3], replay_state_of(self)->call_word, args[3], args + 4, count - 4, keywords);
}

/* Handle a method that was read like any other attribute. */
static PyObject *
call_what_was_read(Helpers *self, PyObject *method, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    State *state = replay_state_of(self);
    Py_ssize_t all = count + (keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords));
    if ((note(self->log, state->nobody, args[5], state->again) < 0 || note(self->log, args[3], args[4], method) < 0)
        && !replay_survives(self)) {
        return NULL;
    }
    PyObject **passed = PyMem_New(PyObject *, (size_t)all - 2);
    if (passed == NULL) {
        return PyErr_NoMemory();
    }
    memcpy(passed, args, 3 * sizeof(PyObject *));
    passed[3] = method;
    memcpy(passed + 4, args + 6, (size_t)(all - 6) * sizeof(PyObject *));
    PyObject *answer = helpers_call(self, passed, count - 2, keywords);
    PyMem_Free(passed);
    return answer;
}

/* Read a method and call it: context, variables of the loop, variables of the block, owner, name, question, arguments.
 */
static PyObject *
helpers_call_method(Helpers *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    if (count < 6) {
        return wrong_call("call_method", 6, count);
    }
    PyObject *owner = args[3];
    int apart = PyDict_GET_SIZE(self->secret) ? 1 : is_taken_apart(self, owner);
    if (apart) {
        return apart < 0 && !replay_survives(self)
            ? NULL
            : call_in_python(self, &self->call_method, "python_call_method", args, count, keywords);
    }
    PyObject *method = read_attribute(self, owner, args[4]);
    if (method == NULL) {
        return NULL;
    }
    int passed = 1;
    if ((PyMethod_Check(method) && PyMethod_GET_SELF(method) == owner)
        || (PyCFunction_CheckExact(method) && PyCFunction_GET_SELF(method) == owner)) {
        passed = wants_to_be_passed(self, method);
    }
    PyObject *answer = NULL;
    if (passed == 0) {
        answer = call_simply(self, owner, args[5], method, args + 6, count - 6, keywords);
    }
    else if (passed > 0) {
        answer = call_what_was_read(self, method, args, count, keywords);
    }
    Py_DECREF(method);
    return answer;
}

/* Return an attribute of the tracer, of a type if one is given. */
static int
take(PyObject *tracer, const char *name, PyTypeObject *kind, PyObject **place)
{
    *place = attribute_of(tracer, name);
    if (*place != NULL && kind != NULL && !PyObject_TypeCheck(*place, kind)) {
        PyErr_Format(PyExc_TypeError, "%s of a tracer must be a %s", name, kind->tp_name);
        return -1;
    }
    return *place == NULL ? -1 : 0;
}

static PyObject *
helpers_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *tracer, *undefined, *escape;
    if (keywords != NULL && PyDict_GET_SIZE(keywords)) {
        PyErr_SetString(PyExc_TypeError, "Helpers() takes no keywords");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "OOO:Helpers", &tracer, &undefined, &escape)) {
        return NULL;
    }
    Helpers *self = (Helpers *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    PyObject_GC_UnTrack(self); /* until it is initialized */
    self->undefined = Py_NewRef(undefined);
    self->escape = Py_NewRef(escape);
    self->tracer = Py_NewRef(tracer);
    if (replay_state_of(self)->plain == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the core does not know the recorder yet");
        Py_DECREF(self);
        return NULL;
    }
    if (take(tracer, "log", &PyList_Type, &self->log) < 0 || take(tracer, "own", &PyDict_Type, &self->own) < 0
        || take(tracer, "filled", &PyDict_Type, &self->filled) < 0
        || take(tracer, "secret", &PyDict_Type, &self->secret) < 0
        || take(tracer, "lent", &PyDict_Type, &self->lent) < 0
        || take(tracer, "_of_filled", NULL, &self->of_filled) < 0
        || take(tracer, "_getattr_twice", NULL, &self->twice) < 0 || take(tracer, "give", NULL, &self->give) < 0
        || take(tracer, "give_context", NULL, &self->give_context) < 0
        || take(tracer, "lend", NULL, &self->lend) < 0
        || take(tracer, "drop", NULL, &self->drop) < 0 || take(tracer, "called", NULL, &self->called) < 0
        || take(tracer, "note", NULL, &self->note_all) < 0 || take(tracer, "failed", NULL, &self->failed) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* There is no tp_clear: every reference cycle passes through a dictionary, a list or a function, which has one. So no
   other field is ever empty while the object can be called. */
static int
helpers_traverse(Helpers *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
#define VISIT(field) Py_VISIT(self->field);
    FIELDS(VISIT)
    return 0;
}

static void
helpers_dealloc(Helpers *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
#define LET_GO(field) Py_XDECREF(self->field);
    FIELDS(LET_GO)
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

#define METHOD(function) (PyCFunction)(void (*)(void))(function)

static PyMethodDef methods[] = {
    {"getattr", METHOD(helpers_getattr), METH_FASTCALL, PyDoc_STR("Read an attribute.")},
    {"getattr_pair", METHOD(helpers_getattr_pair), METH_FASTCALL, PyDoc_STR("Read an attribute of an attribute.")},
    {"escape", METHOD(helpers_escape), METH_O, PyDoc_STR("Return what is printed for a value.")},
    {"call", METHOD(helpers_call), METH_FASTCALL | METH_KEYWORDS, PyDoc_STR("Call what a template calls.")},
    {"call_method", METHOD(helpers_call_method), METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("Read a method, and call it.")},
    {"foreign", METHOD(replay_foreign), METH_FASTCALL,
     PyDoc_STR("Return what calls a filter or a test of the app's.")},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, PyDoc_STR("What the code of one recorded render asks most.")},
    {Py_tp_new, helpers_new},
    {Py_tp_dealloc, helpers_dealloc},
    {Py_tp_traverse, helpers_traverse},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec replay_helpers_spec = {
    .name = "flask_replay.engine.recording._core.Helpers",
    .basicsize = sizeof(Helpers),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
