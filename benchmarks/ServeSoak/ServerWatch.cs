using System.Diagnostics;
using System.Globalization;

namespace ServeSoak;

/// <summary>What the server's process and its metrics say about its resources while no request runs.</summary>
/// <param name="ResidentBytes">Resident memory.</param>
/// <param name="Files">Open files and sockets.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Metrics">The values of the gauges of tensors, by name.</param>
internal sealed record Resources(long ResidentBytes, int Files, int Threads, IReadOnlyDictionary<string, double> Metrics);

/// <summary>Watches the process that listens on a port of this machine.</summary>
internal sealed class ServerWatch
{
    private const string ListenState = "0A";

    private readonly HttpClient _http;
    private readonly SoakOptions _options;

    public ServerWatch(HttpClient http, SoakOptions options)
    {
        (_http, _options) = (http, options);
        ProcessId = FindListener(options.Url.Port);
    }

    public int ProcessId { get; }

    public void Kill() => Process.GetProcessById(ProcessId).Kill();

    public bool IsAlive => Directory.Exists($"/proc/{ProcessId}");

    /// <summary>Waits until no request runs or waits, then measures.</summary>
    /// <exception cref="TimeoutException">Requests still run after a minute, although no client is left.</exception>
    public async Task<Resources> MeasureAsync()
    {
        var clock = Stopwatch.StartNew();
        IReadOnlyDictionary<string, double> metrics;
        while (true)
        {
            await Task.Delay(500);
            metrics = await ReadMetricsAsync();
            if (Value(metrics, "vllm:num_requests_running") == 0 && Value(metrics, "vllm:num_requests_waiting") == 0)
                break;
            if (clock.Elapsed > TimeSpan.FromMinutes(1))
                throw new TimeoutException("requests still run in the server a minute after the last client left");
        }
        var status = File.ReadLines($"/proc/{ProcessId}/status")
            .Select(line => line.Split(':', 2))
            .ToDictionary(p => p[0], p => p[1].Trim());
        return new Resources(
            long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture) * 1024,
            Directory.GetFileSystemEntries($"/proc/{ProcessId}/fd").Length,
            int.Parse(status["Threads"], CultureInfo.InvariantCulture),
            metrics
                .Where(m => m.Key.StartsWith("litre:", StringComparison.Ordinal) && m.Key.Contains("tensor", StringComparison.Ordinal))
                .ToDictionary()
        );
    }

    /// <summary>The text of the metrics.</summary>
    public async Task<string> MetricsTextAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_options.Url, "/metrics"));
        request.Headers.Authorization = new("Bearer", _options.Admin);
        using var response = await _http.SendAsync(request);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    // Samples of one name with different labels are added.
    private async Task<IReadOnlyDictionary<string, double>> ReadMetricsAsync() =>
        (await MetricsTextAsync())
            .Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .GroupBy(line => line[..line.IndexOfAny(['{', ' '])])
            .ToDictionary(
                group => group.Key,
                group => group.Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture))
            );

    private static double Value(IReadOnlyDictionary<string, double> metrics, string name) =>
        metrics.TryGetValue(name, out var value) ? value : throw new InvalidOperationException($"/metrics has no {name}");

    private static int FindListener(int port)
    {
        var sockets = new[] { "/proc/net/tcp", "/proc/net/tcp6" }
            .Where(File.Exists)
            .SelectMany(file => File.ReadLines(file).Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == ListenState && fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal))
            .Select(fields => $"socket:[{fields[9]}]")
            .ToHashSet();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => int.TryParse(Path.GetFileName(f), out _)))
            try
            {
                if (
                    Directory
                        .EnumerateFiles(Path.Combine(folder, "fd"))
                        .Any(f => new FileInfo(f).LinkTarget is { } to && sockets.Contains(to))
                )
                    return int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A process of another user, or one that has ended.
            }
        throw new InvalidOperationException($"no process of this user listens on port {port}");
    }
}
