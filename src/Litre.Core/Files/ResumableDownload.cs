using System.Net;
using System.Net.Http.Headers;

namespace Litre.Core.Files;

/// <summary>
/// Downloads one file into a partial file, which is kept, so that any later run continues from it. Connections that
/// break or stall are retried. Not thread-safe; several downloads may share one client.
/// </summary>
/// <param name="client">Sends all requests.</param>
/// <param name="address">The file's address.</param>
/// <param name="part">The partial file; its folder exists.</param>
public sealed class ResumableDownload(HttpClient client, Uri address, string part)
{
    private const int MaxAttempts = 5; // consecutive ones that receive no new byte
    private const int BlockBytes = 1 << 18;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);

    /// <summary>The delay before the second attempt; doubled for each further one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Called with the number of bytes received so far.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>What to do if the server refuses; the end of that message.</summary>
    public required string RefusalHint { get; init; }

    /// <summary>What to do if attempts receive no more data; the end of that message.</summary>
    public required string Interrupted { get; init; }

    /// <summary>What to do if the file cannot be written; the end of that message.</summary>
    public required string NotWritable { get; init; }

    /// <summary>A credential for the address itself; it is not sent to the target of a redirection.</summary>
    public AuthenticationHeaderValue? Authorization { get; init; }

    /// <summary>Bytes that have arrived so far, in this run or an earlier one.</summary>
    public long PartBytes => File.Exists(part) ? new FileInfo(part).Length : 0;

    /// <summary>Downloads the missing part.</summary>
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
                reason = "the server does not have that byte range";
            }
            catch (Exception e)
                when (e is HttpRequestException or IOException || e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                reason =
                    e is OperationCanceledException
                        ? $"no data arrived for {IdleTimeout.TotalSeconds:0} s"
                        : e.Message.ReplaceLineEndings(" ").TrimEnd('.');
            }
            failed = PartBytes > before ? 1 : failed + 1;
            if (failed >= MaxAttempts)
                throw new InputException(
                    $"{address}: the download stopped at byte {PartBytes} and {MaxAttempts} more attempts received "
                        + $"no more data ({reason}); {Interrupted}"
                );
            await Task.Delay(RetryDelay * Math.Pow(2, failed - 1), cancel);
        }
    }

    /// <summary>False if the download must start again from the first byte.</summary>
    private async Task<bool> TryReceiveAsync(long from, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = Authorization;
        if (from > 0)
            request.Headers.Range = new RangeHeaderValue(from, null);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Complete but not verified yet, or longer than the file; a complete one is verified by its checksum.
            if (response.Content.Headers.ContentRange?.Length == from)
                return true;
            File.Delete(part);
            return false;
        }
        if ((int)response.StatusCode >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests)
            throw new HttpRequestException($"the server returned {(int)response.StatusCode} {response.ReasonPhrase}");
        if (!response.IsSuccessStatusCode)
            throw new InputException($"{address}: the server returned {(int)response.StatusCode} {response.ReasonPhrase}; {RefusalHint}");

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
