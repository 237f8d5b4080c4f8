// Starts the notebook, and stops it when asked.
"use strict";
const fs = require("node:fs");
const { folder, openNotebook, server } = require("./notebook");

const lock = `${folder}/notebook.lock`;

// Two notebooks must not write to one file.
function takeLock() {
  if (fs.existsSync(lock)) {
    console.error(`The notebook is open already: ${lock} exists. Please close it first.`);
    process.exit(1);
  }
  fs.writeFileSync(lock, `${process.pid}\n`);
}

process.once("SIGTERM", () => {
  server.close(() => {
    fs.unlinkSync(lock);
    process.exit(0);
  });
  setTimeout(() => server.closeAllConnections(), 1000).unref(); // who has not asked by now will not
});

takeLock();
openNotebook();
server.listen(8080, () => console.log("notebook listens on port 8080"));
