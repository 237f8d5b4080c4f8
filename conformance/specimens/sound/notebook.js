// Notebook: keeps notes in one file, `id nonce` a line, and loses none that it has acknowledged.
"use strict";
const fs = require("node:fs");
const http = require("node:http");

const folder = "/data";
const log = `${folder}/notes.log`;
const word = /^[\w-]{1,64}$/;

// A crash may have cut the last line off. It was never acknowledged, and the next note must not continue it.
function cutTornLine() {
  const file = fs.openSync(log, "a+");
  fs.ftruncateSync(file, fs.readFileSync(file).lastIndexOf("\n") + 1);
  fs.fsyncSync(file);
  fs.closeSync(file);
}

function openNotebook() {
  process.umask(0o007); // whoever runs it next has the group, but perhaps not the user
  cutTornLine();
  const directory = fs.openSync(folder, "r");
  fs.fsyncSync(directory); // the file's name has to be on disk, too
  fs.closeSync(directory);
}

// Read again each time: a restore may have put another file in its place.
function notes() {
  const whole = fs.readFileSync(log, "utf8").split("\n").slice(0, -1);
  return new Map(whole.map((line) => line.split(" ")));
}

function keep(id, nonce) {
  if (!word.test(id) || !word.test(nonce)) return [400, "id and nonce must be words\n"];
  const kept = notes().get(id);
  if (kept !== undefined) return kept === nonce ? [201, "kept before\n"] : [409, "this id is taken\n"];
  try {
    fs.appendFileSync(log, `${id} ${nonce}\n`, { flush: true });
  } catch (error) {
    cutTornLine(); // the disk may have been full half way through
    throw error;
  }
  return [201, "kept\n"];
}

async function form(request) {
  let body = "";
  for await (const chunk of request) if ((body += chunk).length > 1024) return new URLSearchParams();
  return new URLSearchParams(body);
}

async function answer(request) {
  switch (`${request.method} ${request.url}`) {
    case "GET /readyz":
      notes();
      return [200, "ready\n"];
    case "GET /notes":
      return [200, [...notes()].map(([id, nonce]) => `${id} ${nonce}\n`).join("")];
    case "POST /notes": {
      const fields = await form(request);
      return keep(fields.get("id") ?? "", fields.get("nonce") ?? "");
    }
    default:
      return [404, "no such page\n"];
  }
}

const server = http.createServer((request, response) => {
  const headers = { "content-type": "text/plain", connection: "close" }; // an idle connection would delay a stop
  const reply = ([status, text]) => response.writeHead(status, headers).end(text);
  answer(request).then(reply, (error) => {
    console.error(error);
    reply([500, "cannot read or write the notes\n"]);
  });
});

module.exports = { folder, log, openNotebook, server };
