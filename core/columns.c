/* Turn entries of a log into columns of cells: see recording/columns.py. */

#include "core.h"

#include <math.h>
#include <string.h>

typedef struct {
    PyObject *writers;   /* dict: identity of a type -> function, or None for objects */
    PyObject *writer_of; /* returns the function for a new type */
    PyObject *usual;     /* writes a text that needs escapes or contains markup */
    PyObject *numbers;   /* dict: identity -> cell */
    PyObject *kinds;     /* list */
    PyObject *objects;   /* list */
    PyObject *fresh;     /* iterator: the cells of new objects */
} Numbering;

/* Whether a text needs no escape and contains no markup. */
static int
is_plain_text(PyObject *text)
{
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(text) < 0) {
        return -1;
    }
#endif
    return PyUnicode_IS_ASCII(text)
        && memchr(PyUnicode_1BYTE_DATA(text), '<', (size_t)PyUnicode_GET_LENGTH(text)) == NULL;
}

/* Whether a value of a built-in type is stored as itself: 1, 0, or -1 with an exception set. */
static int
stands_for_itself(PyObject *value)
{
    if (value == Py_None || PyBool_Check(value)) {
        return 1;
    }
    if (PyLong_CheckExact(value)) {
        int overflow;
        long long small = PyLong_AsLongLongAndOverflow(value, &overflow);
        return small == -1 && PyErr_Occurred() ? -1 : !overflow;
    }
    return PyFloat_CheckExact(value) && isfinite(PyFloat_AS_DOUBLE(value));
}

/* Return the cell of an object: a list with its number, the same one each time. */
static PyObject *
cell_of_object(const Numbering *to, PyObject *object)
{
    PyObject *identity = PyLong_FromVoidPtr(object);
    if (identity == NULL) {
        return NULL;
    }
    PyObject *cell = Py_XNewRef(PyDict_GetItemWithError(to->numbers, identity));
    if (cell == NULL && !PyErr_Occurred()) {
        cell = PyIter_Next(to->fresh);
        if (cell == NULL) {
            if (!PyErr_Occurred()) {
                PyErr_SetString(PyExc_ValueError, "there are no more numbers for objects");
            }
        }
        else if (PyDict_SetItem(to->numbers, identity, cell) < 0
                 || PyList_Append(to->kinds, (PyObject *)Py_TYPE(object)) < 0
                 || PyList_Append(to->objects, object) < 0) {
            Py_CLEAR(cell);
        }
    }
    Py_DECREF(identity);
    return cell;
}

/* Return the function that writes values of a type, None for objects. */
static PyObject *
writer_for(const Numbering *to, PyObject *kind)
{
    PyObject *identity = PyLong_FromVoidPtr(kind); /* a metaclass may define how a type is hashed */
    if (identity == NULL) {
        return NULL;
    }
    PyObject *writer = Py_XNewRef(PyDict_GetItemWithError(to->writers, identity));
    if (writer == NULL && !PyErr_Occurred() && (writer = PyObject_CallOneArg(to->writer_of, kind)) != NULL
        && PyDict_SetItem(to->writers, identity, writer) < 0) {
        Py_CLEAR(writer);
    }
    Py_DECREF(identity);
    return writer;
}

static PyObject *
cell_of(const Numbering *to, PyObject *answer)
{
    int whole = PyUnicode_CheckExact(answer) ? is_plain_text(answer) : stands_for_itself(answer);
    if (whole) {
        return whole < 0 ? NULL : Py_NewRef(answer);
    }
    if (PyUnicode_CheckExact(answer)) {
        return PyObject_CallOneArg(to->usual, answer);
    }
    PyObject *writer = writer_for(to, (PyObject *)Py_TYPE(answer));
    if (writer == NULL) {
        return NULL;
    }
    PyObject *cell = writer == Py_None ? cell_of_object(to, answer) : PyObject_CallOneArg(writer, answer);
    Py_DECREF(writer);
    return cell;
}

/* Append a cell to the column of its question. */
static int
put(PyObject *columns, PyObject *question, PyObject *cell)
{
    PyObject *column = Py_XNewRef(PyDict_GetItemWithError(columns, question));
    if (column == NULL) {
        if (PyErr_Occurred() || (column = PyList_New(0)) == NULL) {
            return -1;
        }
        if (PyDict_SetItem(columns, question, column) < 0) {
            Py_DECREF(column);
            return -1;
        }
    }
    int status = PyList_Append(column, cell);
    Py_DECREF(column);
    return status;
}

static PyObject *
grouped(const Numbering *to, PyObject *questions, PyObject *answers)
{
    PyObject *columns = PyDict_New();
    for (Py_ssize_t place = 0; columns != NULL; place++) {
        /* what a writer calls may be code that changes the lists */
        Py_ssize_t left = PySequence_Fast_GET_SIZE(questions) - place;
        if (left != PySequence_Fast_GET_SIZE(answers) - place) {
            PyErr_SetString(PyExc_ValueError, "there must be as many answers as questions");
            Py_CLEAR(columns);
        }
        if (left <= 0 || columns == NULL) {
            break;
        }
        PyObject *question = Py_NewRef(PySequence_Fast_GET_ITEM(questions, place));
        PyObject *answer = Py_NewRef(PySequence_Fast_GET_ITEM(answers, place));
        PyObject *cell = cell_of(to, answer);
        if (cell == NULL || put(columns, question, cell) < 0) {
            Py_CLEAR(columns);
        }
        Py_XDECREF(cell);
        Py_DECREF(answer);
        Py_DECREF(question);
    }
    return columns;
}

PyObject *
replay_group(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 9) {
        return PyErr_Format(PyExc_TypeError, "group() takes 9 arguments, got %zd", count);
    }
    const Numbering to = {args[2], args[3], args[4], args[5], args[6], args[7], args[8]};
    if (!PyDict_Check(to.writers) || !PyDict_Check(to.numbers) || !PyList_Check(to.kinds)
        || !PyList_Check(to.objects) || !PyIter_Check(to.fresh)) {
        PyErr_SetString(PyExc_TypeError, "group() takes dicts, lists and an iterator");
        return NULL;
    }
    PyObject *columns = NULL;
    PyObject *questions = PySequence_Fast(args[0], "group() takes questions that can be iterated");
    PyObject *answers = PySequence_Fast(args[1], "group() takes answers that can be iterated");
    if (questions != NULL && answers != NULL) {
        columns = grouped(&to, questions, answers);
    }
    Py_XDECREF(questions);
    Py_XDECREF(answers);
    return columns;
}
