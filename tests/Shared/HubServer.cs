using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shared;

/// <summary>
/// A model hub on the loopback address: Hugging Face's interface (listing with sums, files behind a redirection to a store) and
/// ModelScope's, with the faults that a test asks for.
/// </summary>
internal sealed class HubServer : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, SortedDictionary<string, byte[]>> _models = new(StringComparer.Ordinal);

    public HubServer()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Address { get; }

    /// <summary>Method and path of every request, with its Range and Authorization where it has them.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers of the store that are cut after so many bytes, one for each.</summary>
    public ConcurrentQueue<int> Cuts { get; } = new();

    /// <summary>Closed to anybody without this token.</summary>
    public string? Token { get; set; }

    /// <summary>True to list names alone, as some mirrors do; sizes and sums stand in the files' headers.</summary>
    public bool ListsNamesAlone { get; set; }

    /// <summary>Changes the content that is sent, not the sums.</summary>
    public Func<string, byte[], byte[]> Damage { get; set; } = (_, bytes) => bytes;

    public HubServer Add(string model, string path, byte[] bytes)
    {
        if (!_models.TryGetValue(model, out var files))
            _models[model] = files = new(StringComparer.Ordinal);
        files[path] = bytes;
        return this;
    }

    public void Dispose() => _listener.Close();

    private static bool IsLarge(string path) =>
        path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(".bin", StringComparison.Ordinal);

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string GitSum(byte[] bytes) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                _ = Task.Run(() => Answer(context));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) { }
    }

    private void Answer(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = Uri.UnescapeDataString(request.Url!.AbsolutePath);
        var range = request.Headers["Range"] is { } asked ? " " + asked : "";
        var authorization = request.Headers["Authorization"] is { } who ? " " + who : "";
        Requests.Enqueue($"{request.HttpMethod} {path}{range}{authorization}");
        try
        {
            if (path.StartsWith("/store/", StringComparison.Ordinal))
                Store(request, response, path["/store/".Length..]);
            else if (Token is not null && request.Headers["Authorization"] != "Bearer " + Token)
                response.StatusCode = 401;
            else if (path.StartsWith("/api/v1/models/", StringComparison.Ordinal))
                ListModelScope(response, path["/api/v1/models/".Length..^"/repo/files".Length]);
            else if (path.StartsWith("/api/models/", StringComparison.Ordinal))
                List(response, path["/api/models/".Length..]);
            else
                Resolve(response, path.StartsWith("/models/", StringComparison.Ordinal) ? path["/models/".Length..] : path[1..]);
            response.Close();
        }
        catch (KeyNotFoundException)
        {
            response.StatusCode = 500;
            response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            response.Abort();
        }
    }

    private void List(HttpListenerResponse response, string rest)
    {
        var (model, revision) = (
            rest[..rest.IndexOf("/revision/", StringComparison.Ordinal)],
            rest[(rest.IndexOf("/revision/", StringComparison.Ordinal) + 10)..]
        );
        if (!_models.TryGetValue(model, out var files) || revision is not ("main" or Commit))
        {
            response.StatusCode = 404;
            return;
        }
        var siblings = files.Select(f =>
            ListsNamesAlone ? new Dictionary<string, object> { ["rfilename"] = f.Key }
            : IsLarge(f.Key)
                ? new()
                {
                    ["rfilename"] = f.Key,
                    ["size"] = f.Value.Length,
                    ["blobId"] = GitSum("a pointer"u8.ToArray()),
                    ["lfs"] = new
                    {
                        sha256 = Sha256(f.Value),
                        size = f.Value.Length,
                        pointerSize = 135,
                    },
                }
            : new()
            {
                ["rfilename"] = f.Key,
                ["size"] = f.Value.Length,
                ["blobId"] = GitSum(f.Value),
            }
        );
        Send(
            response,
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    id = model,
                    sha = Commit,
                    siblings,
                }
            )
        );
    }

    private void ListModelScope(HttpListenerResponse response, string model)
    {
        if (!_models.TryGetValue(model, out var files))
        {
            response.StatusCode = 404;
            return;
        }
        var entries = files.Select(f => new
        {
            Path = f.Key,
            Name = Path.GetFileName(f.Key),
            Size = f.Value.Length,
            Sha256 = Sha256(f.Value),
            Type = "blob",
        });
        Send(
            response,
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    Code = 200,
                    Success = true,
                    Data = new { Files = entries },
                }
            )
        );
    }

    // Small files come at once, large ones from the store.
    private void Resolve(HttpListenerResponse response, string rest)
    {
        var parts = rest.Split("/resolve/", 2);
        var path = parts.Length == 2 ? parts[1][(parts[1].IndexOf('/', StringComparison.Ordinal) + 1)..] : "";
        if (!_models.TryGetValue(parts[0], out var files) || !files.TryGetValue(path, out var bytes))
        {
            response.StatusCode = 404;
            return;
        }
        if (IsLarge(path))
        {
            response.Headers["X-Linked-Etag"] = $"\"{Sha256(bytes)}\"";
            response.Headers["X-Linked-Size"] = bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
            response.StatusCode = 302;
            response.RedirectLocation = $"{Address}/store/{parts[0]}/{path}";
            return;
        }
        response.Headers["ETag"] = $"\"{GitSum(bytes)}\"";
        Send(response, Damage(path, bytes));
    }

    private void Store(HttpListenerRequest request, HttpListenerResponse response, string rest)
    {
        var model = string.Join('/', rest.Split('/').Take(2));
        var path = rest[(model.Length + 1)..];
        var bytes = Damage(path, _models[model][path]);
        response.Headers["ETag"] = "\"of-the-store\"";
        var from = 0;
        if (request.Headers["Range"] is { } range)
        {
            from = int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
            if (from >= bytes.Length)
            {
                response.StatusCode = 416;
                response.Headers["Content-Range"] = $"bytes */{bytes.Length}";
                return;
            }
            response.StatusCode = 206;
            response.Headers["Content-Range"] = $"bytes {from}-{bytes.Length - 1}/{bytes.Length}";
        }
        if (request.HttpMethod == "HEAD" || !Cuts.TryDequeue(out var cut))
        {
            if (request.HttpMethod == "HEAD")
                response.ContentLength64 = bytes.Length;
            else
                Send(response, bytes[from..]);
            return;
        }
        response.ContentLength64 = bytes.Length - from;
        response.OutputStream.Write(bytes, from, Math.Min(cut, bytes.Length - from));
        response.OutputStream.Flush();
        throw new IOException("cut");
    }

    private static void Send(HttpListenerResponse response, byte[] bytes)
    {
        response.ContentLength64 = bytes.Length;
        response.OutputStream.Write(bytes);
    }
}
