// Starts the notebook, and stops it when asked.
"use strict";
const fs = require("node:fs");
const { openNotebook, server } = require("./notebook");

// The kernel gives the first process of a container no default action: without this, SIGTERM would do nothing.
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  setTimeout(() => server.closeAllConnections(), 1000).unref(); // who has not asked by now will not
});

fs.appendFileSync(`${__dirname}/boot.log`, `${new Date().toISOString()} started\n`);
openNotebook();
server.listen(8080, () => console.log("notebook listens on port 8080"));
