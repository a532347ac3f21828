using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Shared;

/// <summary>A wheel index on the loopback address that answers as PyTorch's does, and badly where a test asks for that.</summary>
internal sealed class WheelServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, byte[]> _pages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);

    public WheelServer()
    {
        _listener.Start();
        _ = ServeAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/whl";

    /// <summary>Every request so far: method, path, and Range where there is one.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers of wheels that are cut after this many bytes, one for each.</summary>
    public ConcurrentQueue<int> Cuts { get; } = new();

    /// <summary>True to offer METADATA beside the wheels.</summary>
    public bool HasMetadata { get; set; } = true;

    /// <summary>True to leave the sums out.</summary>
    public bool HasNoSums { get; set; }

    /// <summary>Called before a wheel is sent.</summary>
    public Action? BeforeWheel { get; set; }

    /// <summary>Puts wheels into the folder of a build.</summary>
    public WheelServer Add(string build, params WheelMaker[] wheels)
    {
        foreach (var wheel in wheels)
            Add(build, wheel, wheel.Bytes(), sum: null);
        return this;
    }

    /// <summary>Puts a wheel in whose bytes, or whose sum, need not be its own.</summary>
    public void Add(string build, WheelMaker wheel, byte[] bytes, string? sum)
    {
        var project = wheel.File[..wheel.File.IndexOf('-', StringComparison.Ordinal)].Replace('_', '-');
        var path = $"/whl/{build}/{wheel.File}";
        var metadata = Encoding.UTF8.GetBytes(wheel.Metadata);
        _pages[path] = bytes;
        if (HasMetadata)
            _pages[path + ".metadata"] = metadata;
        var fragment = HasNoSums ? "" : $"#sha256={sum ?? Hex(bytes)}";
        var attribute = HasMetadata ? $""" data-dist-info-metadata="sha256={Hex(metadata)}" """ : "";
        var page = $"/whl/{build}/{project}/";
        _links[page] =
            _links.GetValueOrDefault(page)
            + $"""<a href="{path.Replace("+", "%2B", StringComparison.Ordinal)}{fragment}"{attribute}>{wheel.File}</a><br/>"""
            + "\n";
        AddPage(page, $"<!DOCTYPE html><html><body><h1>Links for {project}</h1>{_links[page]}</body></html>");
    }

    public void AddPage(string path, string text) => _pages[path] = Encoding.UTF8.GetBytes(text);

    public IEnumerable<string> WheelRequests =>
        Requests.Where(request =>
            request.StartsWith("GET", StringComparison.Ordinal)
            && request.Contains(".whl", StringComparison.Ordinal)
            && !request.Contains(".metadata", StringComparison.Ordinal)
        );

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => AnswerAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) { }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var closing = client;
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            var words = (await reader.ReadLineAsync() ?? "").Split(' ');
            if (words.Length < 2)
                return;
            var from = 0;
            while (await reader.ReadLineAsync() is { Length: > 0 } header)
            {
                if (header.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
                    from = int.Parse(header["Range: bytes=".Length..].TrimEnd('-'));
            }
            Requests.Enqueue($"{words[0]} {words[1]}{(from > 0 ? $" from {from}" : "")}");
            await stream.WriteAsync(Answer(words[0], Uri.UnescapeDataString(words[1]), from));
            client.Client.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException) { }
    }

    private byte[] Answer(string method, string path, int from)
    {
        if (!_pages.TryGetValue(path, out var page))
            return Head("404 Not Found", 0, "");
        var isWheel = path.EndsWith(".whl", StringComparison.Ordinal);
        if (from > 0 && from >= page.Length)
            return Head("416 Range Not Satisfiable", 0, $"Content-Range: bytes */{page.Length}\r\n");
        var head =
            from > 0
                ? Head("206 Partial Content", page.Length - from, $"Content-Range: bytes {from}-{page.Length - 1}/{page.Length}\r\n")
                : Head("200 OK", page.Length, "");
        if (method == "HEAD")
            return head;
        if (isWheel)
            BeforeWheel?.Invoke();
        var end = isWheel && Cuts.TryDequeue(out var cut) ? Math.Min(page.Length, from + cut) : page.Length;
        return [.. head, .. page[from..end]];
    }

    private static byte[] Head(string status, int length, string more) =>
        Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n");

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
