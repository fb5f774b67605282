import { localTimes, confirmForms } from "./common.js";

localTimes();
confirmForms();
