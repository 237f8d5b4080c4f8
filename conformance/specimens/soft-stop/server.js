// Starts the notebook.
"use strict";
const { openNotebook, server } = require("./notebook");

openNotebook();
server.listen(8080, () => console.log("notebook listens on port 8080"));
