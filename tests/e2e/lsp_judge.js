// Another client: Microsoft's own library for Node. Its stream reads the server's frames, its types
// say whether what came is what the protocol calls by that name. Exits with 77 when it is missing.
'use strict';
const { spawn } = require('child_process');
const assert = require('assert');

let rpc, types;
try {
  rpc = require('vscode-jsonrpc/node');
  types = require('vscode-languageserver-types');
} catch (missing) {
  console.log(missing.message.split('\n')[0]);
  process.exit(77);
}

const [binary, uri] = process.argv.slice(2);
const text = [
  'stack: judged', 'region: eu-west-3', 'vpcs:', '  main: { cidrBlock: 10.0.0.0/16 }', 'subnets:',
  '  a: { vpc: main, cidrBlok: 10.0.1.0/24, availabilityZone: eu-west-3a }', 'securityGroups:',
  '  g: { vpc: main, description: d }', '',
].join('\n');
const textDocument = { uri };
const at = (line, character) => ({ textDocument, position: { line, character } });
const all = (list, is, what) => {
  assert(Array.isArray(list) && list.length > 0, `${what}: nothing came`);
  for (const one of list) {
    assert(is(one), `${what}: ${JSON.stringify(one)}`);
  }
};

async function main() {
  const server = spawn(binary, ['lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => server.on('exit', resolve));
  const client = rpc.createMessageConnection(
    new rpc.StreamMessageReader(server.stdout), new rpc.StreamMessageWriter(server.stdin));
  client.onError((error) => { throw error[0]; });
  const published = new Promise((resolve) =>
    client.onNotification('textDocument/publishDiagnostics', resolve));
  const registered = new Promise((resolve) =>
    client.onRequest('client/registerCapability', (asked) => { resolve(asked); return null; }));
  client.listen();
  const { capabilities } = await client.sendRequest('initialize', {
    processId: process.pid, rootUri: null, capabilities: {
      textDocument: {
        codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } },
        completion: { completionItem: { snippetSupport: true } },
        documentSymbol: { hierarchicalDocumentSymbolSupport: true },
        hover: { contentFormat: ['markdown'] },
        publishDiagnostics: { relatedInformation: true },
      },
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
    },
  });
  assert.strictEqual(capabilities.textDocumentSync.change, 2);
  await client.sendNotification('initialized', {});
  all((await registered).registrations, (r) => r.id && r.method, 'registrations');
  await client.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'yaml', version: 1, text } });
  const { diagnostics } = await published;
  all(diagnostics, types.Diagnostic.is, 'diagnostics');
  all(await client.sendRequest('textDocument/codeAction', {
    textDocument, range: { start: { line: 0, character: 0 }, end: { line: 8, character: 0 } },
    context: { diagnostics } }), types.CodeAction.is, 'actions');
  const { items } = await client.sendRequest('textDocument/completion', at(5, 7));
  all(items, (item) => typeof item.label === 'string' && types.TextEdit.is(item.textEdit), 'items');
  assert(types.Hover.is(await client.sendRequest('textDocument/hover', at(5, 8))), 'hover');
  all(await client.sendRequest('textDocument/definition', at(5, 13)), types.Location.is, 'places');
  all(await client.sendRequest('textDocument/references', {
    ...at(3, 3), context: { includeDeclaration: true } }), types.Location.is, 'references');
  all(await client.sendRequest('textDocument/documentSymbol', { textDocument }),
    types.DocumentSymbol.is, 'symbols');
  assert.strictEqual(await client.sendRequest('shutdown'), null);
  await client.sendNotification('exit');
  assert.strictEqual(await ended, 0);
}

main().then(() => process.exit(0), (error) => { console.log(error.stack); process.exit(1); });
