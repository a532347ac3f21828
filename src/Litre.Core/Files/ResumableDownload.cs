using System.Net;
using System.Net.Http.Headers;

namespace Litre.Core.Files;

/// <summary>
/// Receives one file into a partial one; what has arrived stays there, so that any later run continues from it. Connections that
/// break or fall silent are tried again. Not thread-safe; several downloads may share one client.
/// </summary>
/// <param name="client">For all requests.</param>
/// <param name="address">Of the file.</param>
/// <param name="part">The partial file; its folder exists.</param>
public sealed class ResumableDownload(HttpClient client, Uri address, string part)
{
    private const int MaxAttempts = 5; // in a row that bring no new byte
    private const int BlockBytes = 1 << 18;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Before the second try; doubled for each further one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Told the bytes that are there, as they come.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>The end of the message where the server refuses: what to do.</summary>
    public required string RefusalHint { get; init; }

    /// <summary>The end of the message where tries bring nothing more.</summary>
    public required string Interrupted { get; init; }

    /// <summary>The end of the message where the disk does not take it.</summary>
    public required string NotWritable { get; init; }

    /// <summary>A credential for the address itself; it is not sent on to where a redirection leads.</summary>
    public AuthenticationHeaderValue? Authorization { get; init; }

    /// <summary>Bytes that have arrived so far, in this run or an earlier one.</summary>
    public long PartBytes => File.Exists(part) ? new FileInfo(part).Length : 0;

    /// <summary>Receives what is missing.</summary>
    /// <exception cref="InputException">The server refuses, the connection breaks too often, or the disk is full.</exception>
    public async Task ReceiveAsync(CancellationToken cancel)
    {
        for (var failed = 0; ; )
        {
            var before = PartBytes;
            string reason;
            try
            {
                if (await TryReceiveAsync(before, cancel))
                    return;
                reason = "the server does not know that part of it";
            }
            catch (Exception e)
                when (e is HttpRequestException or IOException || e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                reason =
                    e is OperationCanceledException
                        ? $"nothing arrived for {IdleTimeout.TotalSeconds:0} s"
                        : e.Message.ReplaceLineEndings(" ").TrimEnd('.');
            }
            failed = PartBytes > before ? 1 : failed + 1;
            if (failed >= MaxAttempts)
                throw new InputException(
                    $"{address}: the download broke off at byte {PartBytes} and {MaxAttempts} more tries brought "
                        + $"nothing ({reason}); {Interrupted}"
                );
            await Task.Delay(RetryDelay * Math.Pow(2, failed - 1), cancel);
        }
    }

    /// <summary>False where the request must be recreated, from the start.</summary>
    private async Task<bool> TryReceiveAsync(long from, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = Authorization;
        if (from > 0)
            request.Headers.Range = new RangeHeaderValue(from, null);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Complete but never checked, or longer than the file: the sum decides the first.
            if (response.Content.Headers.ContentRange?.Length == from)
                return true;
            File.Delete(part);
            return false;
        }
        if ((int)response.StatusCode >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests)
            throw new HttpRequestException($"the server answers {(int)response.StatusCode} {response.ReasonPhrase}");
        if (!response.IsSuccessStatusCode)
            throw new InputException($"{address}: the server answers {(int)response.StatusCode} {response.ReasonPhrase}; {RefusalHint}");

        var continues = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == from;
        await CopyAsync(response.Content, continues ? from : 0, cancel);
        return true;
    }

    private async Task CopyAsync(HttpContent content, long from, CancellationToken cancel)
    {
        using var source = await content.ReadAsStreamAsync(cancel);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var block = new byte[BlockBytes];
        using var target = OnDisk(() => new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0));
        OnDisk(() =>
        {
            target.SetLength(from);
            return target.Seek(from, SeekOrigin.Begin);
        });
        for (var there = from; ; )
        {
            Progress?.Invoke(there);
            patience.CancelAfter(IdleTimeout);
            var count = await source.ReadAsync(block, patience.Token);
            if (count == 0)
                break;
            OnDisk(() =>
            {
                target.Write(block, 0, count);
                return 0;
            });
            there += count;
        }
    }

    private T OnDisk<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{part}: cannot be written ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}); {NotWritable}", e);
        }
    }
}
