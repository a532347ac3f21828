using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Litre.Core;
using Litre.Core.Files;

namespace Litre.Model.Hub;

/// <summary>A hub that is accessed over HTTP. Thread-safe.</summary>
/// <param name="client">The client for all requests.</param>
/// <param name="name">Its name in messages.</param>
/// <param name="endpoint">Its address, ending in a slash.</param>
public abstract class HttpModelSource(HttpClient client, string name, Uri endpoint) : IModelSource
{
    private const int MaxAttempts = 4;
    private const int MaxRedirections = 5;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient _headClient = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(30) }
    );

    public string Name { get; } = name;

    public abstract string DefaultRevision { get; }

    /// <summary>A credential for requests to the hub itself.</summary>
    public abstract AuthenticationHeaderValue? Authorization { get; }

    internal HttpClient Client { get; } = client;

    protected Uri Endpoint { get; } = endpoint;

    /// <summary>The delay before the second attempt of a request; doubled for each further one.</summary>
    internal TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    public abstract Task<HubListing> ListAsync(string model, string revision, CancellationToken cancel);

    /// <summary>The address of a file.</summary>
    public abstract Uri Address(string model, string revision, string path);

    public async Task<HubFile> CompleteAsync(string model, string revision, HubFile file, CancellationToken cancel)
    {
        var address = Address(model, revision, file.Path);
        for (var hop = 0; ; hop++)
        {
            using var response = await SendAsync(_headClient, HttpMethod.Head, address, cancel);
            var isRedirection = (int)response.StatusCode is >= 300 and < 400 && response.Headers.Location is not null;
            if (!isRedirection)
                Check(response, model, revision);
            // The hub's redirection to a store contains the file's size and sum; the store's own headers describe something else.
            var sum =
                FileChecksum.Parse(Header(response, "X-Linked-Etag"))
                ?? (isRedirection ? null : FileChecksum.Parse(response.Headers.ETag?.Tag));
            var bytes =
                long.TryParse(Header(response, "X-Linked-Size"), out var linked) ? linked
                : isRedirection ? null
                : response.Content.Headers.ContentLength;
            var known = file with { Bytes = file.Bytes ?? bytes, Sum = file.Sum ?? sum };
            if (!isRedirection || sum is not null || hop == MaxRedirections)
                return known;
            address = new Uri(address, response.Headers.Location!);
            // A renamed model is redirected within the hub; other hosts do not state sums and must not receive the credential.
            if (address.Host != Endpoint.Host)
                return known;
        }
    }

    public Task FetchAsync(string model, string revision, HubFile file, string part, Action<long> onBytes, CancellationToken cancel) =>
        new ResumableDownload(Client, Address(model, revision, file.Path), part)
        {
            RetryDelay = RetryDelay,
            Progress = onBytes,
            Authorization = Authorization,
            RefusalHint = "check the name, the model's terms and HF_TOKEN, or set a mirror with HF_ENDPOINT or `from`",
            Interrupted = "check the network and run the same command again: it continues where it stopped",
            NotWritable = "free some space or choose another `output`, and run the same command again",
        }.ReceiveAsync(cancel);

    /// <summary>Reads a JSON document of the hub.</summary>
    protected async Task<JsonDocument> ReadAsync(Uri address, string model, string revision, CancellationToken cancel)
    {
        using var response = await SendAsync(Client, HttpMethod.Get, address, cancel);
        Check(response, model, revision);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancel);
            return await JsonDocument.ParseAsync(stream, cancellationToken: cancel);
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{address}: the response is not JSON; check that this is the address of a {Name} hub or of a mirror of "
                    + "it (HF_ENDPOINT, `from`)",
                e
            );
        }
    }

    /// <summary>Path segments, escaped for an address.</summary>
    protected static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, Uri address, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            string reason;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(IdleTimeout);
            try
            {
                using var request = new HttpRequestMessage(method, address);
                request.Headers.Authorization = Authorization;
                var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
                if (
                    response.StatusCode < HttpStatusCode.InternalServerError && response.StatusCode != HttpStatusCode.TooManyRequests
                    || attempt == MaxAttempts
                )
                    return response;
                response.Dispose();
                reason = "";
            }
            catch (HttpRequestException e)
            {
                reason = e.Message.ReplaceLineEndings(" ").TrimEnd('.');
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                reason = $"no response within {IdleTimeout.TotalSeconds:0} s";
            }
            if (attempt == MaxAttempts)
                throw new InputException(
                    $"{address}: cannot be reached ({reason}); check the network and the proxy (HTTPS_PROXY), or set a "
                        + "mirror with HF_ENDPOINT or `from`"
                );
            await Task.Delay(RetryDelay * Math.Pow(2, attempt - 1), cancel);
        }
    }

    private void Check(HttpResponseMessage response, string model, string revision)
    {
        if (response.IsSuccessStatusCode)
            return;
        var answer = $"{Name} responds with {(int)response.StatusCode} {response.ReasonPhrase}";
        throw new InputException(
            response.StatusCode switch
            {
                // The hub gives the same response for models that do not exist, so the case is unknown.
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                    $"{model}: {answer}: the model does not exist, is private, or its terms must be accepted first; "
                        + "check the name, accept the terms on its page, and set HF_TOKEN",
                HttpStatusCode.NotFound => $"{model}: {answer}: the model does not exist or has no revision {revision}; "
                    + "check the name (litre model list) and `revision`",
                _ => $"{model}: {answer}; try again later, or set a mirror with HF_ENDPOINT or `from`",
            }
        );
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
