using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Litre.Core;

namespace Litre.Machine.Setup;

/// <summary>
/// An index with the layout of PyTorch's: a folder for each build with a page of links for each project (PEP 503), with
/// SHA-256 sums in the addresses. Proxies and certificates are the system's.
/// </summary>
internal sealed partial class HttpWheelIndex : WheelIndex
{
    private const int LargestPage = 64 << 20; // bytes; PyTorch's largest is below one MiB

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(20) })
    {
        Timeout = HeadersTimeout,
        MaxResponseContentBufferSize = LargestPage,
    };

    private readonly Uri _root;
    private readonly string _place;
    private readonly TimeSpan _retryDelay;

    public HttpWheelIndex(Uri address, TimeSpan retryDelay)
    {
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("litre");
        _retryDelay = retryDelay;
        _place = address.AbsoluteUri;
        var path = address.GetLeftPart(UriPartial.Path).TrimEnd('/');
        var last = path[(path.LastIndexOf('/') + 1)..];
        if (last == CudaBuild.Cpu || CudaBuild.Version(last) is not null)
            OnlyBuild = last;
        _root = new Uri(OnlyBuild is null ? path + "/" : path[..^last.Length]);
    }

    public override string Place => _place;

    public override string? OnlyBuild { get; }

    public override bool HasBuildFolders => true;

    public override async Task<IReadOnlyList<WheelLink>?> FindAsync(string build, string project, CancellationToken cancel)
    {
        var page = new Uri(_root, $"{build}/{project}/");
        var (text, at) = await ReadTextAsync(page, cancel);
        if (text is null)
            return null;
        var links = new List<WheelLink>();
        foreach (Match anchor in Anchor().Matches(text))
        {
            if (Attribute(anchor.Value, "href") is not { } href || !Uri.TryCreate(at, href, out var address))
                continue;
            if (address.Scheme is not ("http" or "https"))
                continue;
            var file = Uri.UnescapeDataString(address.AbsolutePath[(address.AbsolutePath.LastIndexOf('/') + 1)..]);
            if (WheelName.Parse(file) is not { } name || name.Project != project)
                continue;
            var metadata = Attribute(anchor.Value, "data-core-metadata") ?? Attribute(anchor.Value, "data-dist-info-metadata");
            links.Add(
                new WheelLink(name, new Uri(address.GetLeftPart(UriPartial.Query)))
                {
                    Sha256 = Sum(address.Fragment.TrimStart('#')),
                    HasMetadata = metadata is not null and not "false",
                    MetadataSha256 = metadata is null ? null : Sum(metadata),
                }
            );
        }
        if (links.Count == 0 && !Anchor().IsMatch(text))
            throw new InputException(
                "index",
                _place,
                $"{page} is not a page of links to wheels",
                $"give the address of an index such as {LibtorchSetup.DefaultIndex}"
            );
        return links;
    }

    public override async Task<string?> ReadMetadataAsync(WheelLink wheel, CancellationToken cancel)
    {
        if (!wheel.HasMetadata)
            return null;
        var address = new Uri(wheel.Address.GetLeftPart(UriPartial.Path) + ".metadata" + wheel.Address.Query);
        var (text, _) = await ReadTextAsync(address, cancel);
        if (text is null)
            return null;
        // Without a sum, or with a different one, the wheel itself is read: that one is always verified.
        var sum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return wheel.MetadataSha256 == sum ? text : null;
    }

    public override async Task<long?> SizeAsync(WheelLink wheel, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, wheel.Address);
        using var response = await SendAsync(request, cancel);
        return response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null;
    }

    public override Task<string> FetchAsync(WheelLink wheel, string downloads, Action<long> onBytes, CancellationToken cancel) =>
        wheel.Sha256 is null
            ? throw new InputException(
                "index",
                _place,
                $"gives no SHA-256 for {wheel.Name.File}, so a download cannot be verified",
                "use another index, or download the wheels yourself and give their folder"
            )
            : new WheelDownload(_client, wheel, downloads, _retryDelay, onBytes).RunAsync(cancel);

    public override void Dispose() => _client.Dispose();

    /// <summary>The page, or null if the server reports that it does not exist, and its address after redirections.</summary>
    private async Task<(string? Text, Uri At)> ReadTextAsync(Uri page, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, page);
        using var response = await SendAsync(request, cancel);
        var at = response.RequestMessage?.RequestUri ?? page;
        // S3 and similar servers return 403 for a missing file.
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
            return (null, at);
        if (!response.IsSuccessStatusCode)
            throw new InputException(
                "index",
                _place,
                $"{page} returned {(int)response.StatusCode} {response.ReasonPhrase}",
                "try again later, or give another index"
            );
        return (Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancel)), at);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            // Buffered within the client's limits of time and size.
            return await _client.SendAsync(request, cancel);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new InputException(
                "index",
                _place,
                $"{request.RequestUri} did not respond within {HeadersTimeout.TotalSeconds:0} s",
                "check the network and the proxy, or give another index",
                e
            );
        }
        catch (HttpRequestException e)
        {
            throw new InputException(
                "index",
                _place,
                $"{request.RequestUri} cannot be read ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})",
                "check the network and the proxy, or give another index or a folder of wheels",
                e
            );
        }
    }

    private static string? Attribute(string anchor, string name) =>
        Regex.Match(anchor, $"""\b{name}\s*=\s*(?:"([^"]*)"|'([^']*)')""", RegexOptions.IgnoreCase) is { Success: true } match
            ? WebUtility.HtmlDecode(match.Groups[1].Value + match.Groups[2].Value)
            : null;

    private static string? Sum(string text) =>
        Sha256().Match(text) is { Success: true } match ? match.Groups[1].Value.ToLowerInvariant() : null;

    [GeneratedRegex("""<a\s[^>]*>""", RegexOptions.IgnoreCase)]
    private static partial Regex Anchor();

    [GeneratedRegex("""(?:^|&)sha256=([0-9a-fA-F]{64})(?:&|$)""")]
    private static partial Regex Sha256();
}
