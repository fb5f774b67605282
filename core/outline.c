/* The outline of a JSON document: flask_replay/sanitize/outline.py. */

#include "core.h"

typedef struct {
    PyObject *names;
    PyObject *containers;
    Py_ssize_t depth;
} Outline;

static int
is_container(PyObject *value)
{
    return PyDict_CheckExact(value) || PyList_CheckExact(value);
}

static int walk(Outline *outline, PyObject *value, Py_ssize_t depth);

static int
walk_list(Outline *outline, PyObject *list, Py_ssize_t depth)
{
    for (Py_ssize_t place = 0; place < PyList_GET_SIZE(list); place++) {
        PyObject *item = PyList_GET_ITEM(list, place);
        if (is_container(item) && walk(outline, item, depth) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
walk_dict(Outline *outline, PyObject *dict, Py_ssize_t depth)
{
    PyObject *name, *item;
    Py_ssize_t place = 0;
    while (PyDict_Next(dict, &place, &name, &item)) {
        /* anything but a text could run code of its own, which could change the dictionary */
        if (!PyUnicode_CheckExact(name)) {
            PyErr_SetString(PyExc_TypeError, "names in a JSON document are texts");
            return -1;
        }
        if (PySet_Add(outline->names, name) < 0) {
            return -1;
        }
        if (is_container(item)
            && (PySet_Add(outline->containers, name) < 0 || walk(outline, item, depth) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Add a container, which is at the given depth, and all that is in it. */
static int
walk(Outline *outline, PyObject *value, Py_ssize_t depth)
{
    if (depth >= outline->depth) {
        outline->depth = depth + 1;
    }
    if (Py_EnterRecursiveCall(" in a JSON document")) {
        return -1;
    }
    int status = PyDict_CheckExact(value) ? walk_dict(outline, value, depth + 1)
                                          : walk_list(outline, value, depth + 1);
    Py_LeaveRecursiveCall();
    return status;
}

PyObject *
replay_outline(PyObject *Py_UNUSED(module), PyObject *document)
{
    Outline outline = {PyFrozenSet_New(NULL), PyFrozenSet_New(NULL), 0};
    PyObject *result = NULL;
    if (outline.names != NULL && outline.containers != NULL
        && (!is_container(document) || walk(&outline, document, 0) == 0)) {
        result = Py_BuildValue("(OOn)", outline.names, outline.containers, outline.depth);
    }
    Py_XDECREF(outline.names);
    Py_XDECREF(outline.containers);
    return result;
}
