// Drives a running server with good and bad clients at the same time, and checks answers, resources and the audit log.
// benchmarks/serve-soak.sh starts it.
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Litre.Access.Audit;
using ServeSoak;

const int Rounds = 10;
const int WarmRounds = 4;

// Of what stays allocated, the runtime's heap grows and shrinks by some percent.
const double MemoryGrowth = 1.05;
const long MemorySlack = 16L << 20;
const int FileSlack = 8;

var options = SoakOptions.Parse(args);
using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { Timeout = TimeSpan.FromMinutes(5) };
var tally = new Tally();
var client = new Client(http, options.Url);
var soak = new Soak(options, client, new Bodies(File.ReadAllBytes(options.Image)), tally);
var watch = new ServerWatch(http, options);
var measured = new List<Resources>();
var next = 0;

await soak.AskAloneAsync(await ModelsAsync());
if (options.KillAfter > 0)
    return await KillAsync();
await soak.CheckPrefixesAsync();
for (var round = 1; round <= Rounds; round++)
{
    await RunAsync(options.Count * round / Rounds, CancellationToken.None);
    if (!watch.IsAlive)
    {
        tally.Fail($"the server ended in round {round}");
        break;
    }
    measured.Add(await watch.MeasureAsync());
}
tally.WriteCounts();
if (watch.IsAlive)
{
    WriteResources();
    CheckResources();
    var metrics = await watch.MetricsTextAsync();
    if (soak.Secrets.Any(secret => metrics.Contains(secret, StringComparison.Ordinal)))
        tally.Fail("/metrics contains a key or a text of a question");
}
return Finish();

async Task<IReadOnlyList<string>> ModelsAsync()
{
    using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(options.Url, "/v1/models"));
    request.Headers.Authorization = new("Bearer", options.KeyA);
    using var response = await http.SendAsync(request);
    var list = JsonNode.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!;
    return [.. list["data"]!.AsArray().Select(model => model!["id"]!.GetValue<string>()).Where(name => name != "extra")];
}

// Every request has a seed of its own, so that what is sent does not depend on which client is faster.
async Task RunAsync(int end, CancellationToken stop) =>
    await Task.WhenAll(
        Enumerable
            .Range(0, options.AtOnce)
            .Select(async _ =>
            {
                for (int n; (n = Interlocked.Increment(ref next)) <= end && !stop.IsCancellationRequested; )
                    try
                    {
                        await soak.RequestAsync(new Random(options.Seed * 1_000_003 + n));
                    }
                    catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException or JsonException)
                    {
                        if (!stop.IsCancellationRequested)
                            tally.Fail($"request {n}: {e.Message}");
                    }
                // The last increments of a round went past its end.
                Interlocked.Exchange(ref next, end);
            })
    );

// A kill under load: what was answered completely must be in the log.
async Task<int> KillAsync()
{
    using var stop = new CancellationTokenSource();
    var enough = tally.Answered.Count + options.KillAfter;
    var requests = RunAsync(int.MaxValue, stop.Token);
    while (tally.Answered.Count < enough && watch.IsAlive && !requests.IsCompleted)
        await Task.Delay(20);
    stop.Cancel();
    watch.Kill();
    await requests;
    // What the clients saw of the kill is not a failure.
    var answered = tally.Answered.Keys.ToList();
    tally = new Tally();
    foreach (var id in answered)
        tally.Answered[id] = true;
    return Finish();
}

void WriteResources()
{
    var gauges = measured.SelectMany(m => m.Metrics.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
    Console.WriteLine($"| requests | resident MiB | open files | threads |{string.Concat(gauges.Select(name => $" {name} |"))}");
    Console.WriteLine($"| ---: | ---: | ---: | ---: |{string.Concat(gauges.Select(_ => " ---: |"))}");
    for (var i = 0; i < measured.Count; i++)
    {
        var m = measured[i];
        var values = string.Concat(gauges.Select(name => $" {m.Metrics.GetValueOrDefault(name).ToString(CultureInfo.InvariantCulture)} |"));
        Console.WriteLine($"| {options.Count * (i + 1) / Rounds} | {m.ResidentBytes >> 20} | {m.Files} | {m.Threads} |{values}");
    }
    Console.WriteLine();
}

// The last rounds may not need more than the first ones, after which all caches are full.
void CheckResources()
{
    var (warm, late) = (measured.Take(WarmRounds).ToList(), measured.Skip(WarmRounds).ToList());
    if (late.Count == 0)
        return;
    var (memory, limit) = (late[^1].ResidentBytes, warm.Max(m => m.ResidentBytes) * MemoryGrowth + MemorySlack);
    if (memory > limit)
        tally.Fail($"memory grew from {warm.Max(m => m.ResidentBytes) >> 20} MiB to {memory >> 20} MiB");
    if (late[^1].Files > warm.Max(m => m.Files) + FileSlack)
        tally.Fail($"open files grew from {warm.Max(m => m.Files)} to {late[^1].Files}");
    if (late[^1].Metrics.Count == 0)
        tally.Fail("/metrics has no gauge of tensors (litre:*tensor*)");
    foreach (var (name, value) in late[^1].Metrics)
        if (value > warm.Max(m => m.Metrics.GetValueOrDefault(name)) * MemoryGrowth)
            tally.Fail($"{name} grew from {warm.Max(m => m.Metrics.GetValueOrDefault(name))} to {value}");
}

int Finish()
{
    var log = AuditLog.Verify(options.Audit);
    foreach (var finding in log.Findings.Take(5))
        tally.Fail($"audit log: {finding}");
    var recorded = AuditLog.Read(options.Audit).Select(record => record.Text("request")).OfType<string>().ToHashSet();
    var missing = tally.Answered.Keys.Where(id => !recorded.Contains(id)).ToList();
    if (missing.Count > 0)
        tally.Fail($"audit log: {missing.Count} of {tally.Answered.Count} answered requests have no line, such as {missing[0]}");
    if (tally.Answered.IsEmpty)
        tally.Fail("no request was answered");
    var text = string.Concat(Directory.GetFiles(options.Audit).Select(File.ReadAllText));
    if (soak.Secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal)))
        tally.Fail("the audit log contains a key or a text of a question");
    Console.WriteLine($"{tally.Answered.Count} complete answers, {log.Lines} lines in the audit log, {missing.Count} missing");
    tally.WriteFailures();
    Console.WriteLine(tally.HasFailures ? "FAILED" : "PASSED");
    return tally.HasFailures ? 1 : 0;
}
