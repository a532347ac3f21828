using Litre.Access.Audit;
using Litre.Access.Keys;
using Litre.Server;
using Litre.Server.ClientHost;
using Litre.Server.Settings;
using Shared;

// Prints its address and a key as one line of JSON, and serves until its standard input ends.
using var folder = new TemporaryFolder();
var keys = KeyStore.Open(folder.File("keys"));
using var audit = AuditLog.Open(folder.File("audit"));
var secret = keys.Create("client", admin: false).Secret;
await using var engine = new ScriptedEngine();
await using var server = LitreServer.Build(
    new ServerSettings
    {
        Port = 0,
        ModelName = "nano",
        MaxImages = 4,
    },
    engine,
    keys,
    audit
);
await server.StartAsync();
Console.WriteLine($"{{\"url\": \"{server.Urls.Single()}\", \"key\": \"{secret}\"}}");
while (await Console.In.ReadLineAsync() is not null) { }
await server.StopAsync();
