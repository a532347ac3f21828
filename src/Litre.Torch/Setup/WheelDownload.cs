using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Litre.Torch.Setup;

/// <summary>Fetches one wheel with its sum checked. What has arrived is kept as <c>NAME.part</c>, so that any later run goes on there.</summary>
/// <param name="client">For all requests.</param>
/// <param name="wheel">With a sum.</param>
/// <param name="folder">Where the wheel will lie.</param>
/// <param name="retryDelay">Before the second try; doubled for each further one.</param>
/// <param name="arrived">Told the bytes that are there, as they come.</param>
internal sealed class WheelDownload(HttpClient client, WheelLink wheel, string folder, TimeSpan retryDelay, Action<long> arrived)
{
    private const int Tries = 5; // in a row that bring no new byte
    private const int BlockBytes = 1 << 18;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private readonly string _whole = Path.Combine(folder, wheel.Name.File);
    private readonly string _part = Path.Combine(folder, wheel.Name.File + ".part");

    /// <exception cref="InputException">The server refuses, the connection breaks too often, the disk is full or the sum is wrong.</exception>
    public async Task<string> RunAsync(CancellationToken cancel)
    {
        if (File.Exists(_whole))
        {
            arrived(new FileInfo(_whole).Length);
            if (await HashAsync(_whole, cancel) == wheel.Sha256) return _whole;
            File.Delete(_whole);
        }
        var resumed = PartBytes > 0;
        await ReceiveAsync(cancel);
        var sum = await HashAsync(_part, cancel);
        if (sum != wheel.Sha256 && resumed)
        {
            // The first half may be one of another file; only a download in one piece proves the sum wrong.
            File.Delete(_part);
            await ReceiveAsync(cancel);
            sum = await HashAsync(_part, cancel);
        }
        if (sum != wheel.Sha256)
        {
            File.Delete(_part);
            throw new InputException($"{wheel.Address}: its SHA-256 is {sum}, and the index says {wheel.Sha256}; nothing of it was kept, so run setup again, and where that does not help, with another --index");
        }
        return OnDisk(() =>
        {
            File.Move(_part, _whole);
            return _whole;
        });
    }

    private long PartBytes => File.Exists(_part) ? new FileInfo(_part).Length : 0;

    private async Task ReceiveAsync(CancellationToken cancel)
    {
        for (var failed = 0; ;)
        {
            var before = PartBytes;
            string reason;
            try
            {
                if (await TryReceiveAsync(before, cancel)) return;
                reason = "the server does not know that part of it";
            }
            catch (Exception e) when (e is HttpRequestException or IOException || e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                reason = e is OperationCanceledException ? $"nothing arrived for {Silence.TotalSeconds:0} s" : e.Message.ReplaceLineEndings(" ").TrimEnd('.');
            }
            failed = PartBytes > before ? 1 : failed + 1;
            if (failed >= Tries)
                throw new InputException($"{wheel.Address}: the download broke off at byte {PartBytes} and {Tries} more tries brought nothing ({reason}); check the network and run setup again: it goes on from there");
            await Task.Delay(retryDelay * Math.Pow(2, failed - 1), cancel);
        }
    }

    /// <summary>False where the request must be made anew, from the start.</summary>
    private async Task<bool> TryReceiveAsync(long from, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, wheel.Address);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Complete but never checked, or longer than the file: the sum decides the first.
            if (response.Content.Headers.ContentRange?.Length == from) return true;
            File.Delete(_part);
            return false;
        }
        if ((int)response.StatusCode >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests)
            throw new HttpRequestException($"the server answers {(int)response.StatusCode} {response.ReasonPhrase}");
        if (!response.IsSuccessStatusCode)
            throw new InputException($"{wheel.Address}: the server answers {(int)response.StatusCode} {response.ReasonPhrase}; give another --index, or run setup again later");

        var goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == from;
        await CopyAsync(response.Content, goesOn ? from : 0, cancel);
        return true;
    }

    private async Task CopyAsync(HttpContent content, long from, CancellationToken cancel)
    {
        using var source = await content.ReadAsStreamAsync(cancel);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var block = new byte[BlockBytes];
        using var target = OnDisk(() => new FileStream(_part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0));
        OnDisk(() =>
        {
            target.SetLength(from);
            return target.Seek(from, SeekOrigin.Begin);
        });
        for (var there = from; ;)
        {
            arrived(there);
            patience.CancelAfter(Silence);
            var count = await source.ReadAsync(block, patience.Token);
            if (count == 0) break;
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
            throw new InputException($"{_part}: cannot be written ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}); make room or give another --output, and run setup again", e);
        }
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancel)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel));
    }
}
