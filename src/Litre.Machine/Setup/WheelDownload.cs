using System.Security.Cryptography;
using Litre.Core;
using Litre.Core.Files;

namespace Litre.Machine.Setup;

/// <summary>
/// Downloads one wheel and verifies its checksum. A partial download is kept as <c>NAME.part</c> and resumed by any later run.
/// </summary>
/// <param name="client">Sends all requests.</param>
/// <param name="wheel">The wheel, with a checksum.</param>
/// <param name="folder">The folder for the wheel.</param>
/// <param name="retryDelay">The delay before the second attempt; doubled for each further one.</param>
/// <param name="onBytes">Called with the number of bytes received so far.</param>
internal sealed class WheelDownload(HttpClient client, WheelLink wheel, string folder, TimeSpan retryDelay, Action<long> onBytes)
{
    private readonly string _whole = Path.Combine(folder, wheel.Name.File);
    private readonly string _part = Path.Combine(folder, wheel.Name.File + ".part");

    /// <exception cref="InputException">The server refuses, the connection breaks too often, the disk is full or the sum is
    /// wrong.</exception>
    public async Task<string> RunAsync(CancellationToken cancel)
    {
        if (File.Exists(_whole))
        {
            onBytes(new FileInfo(_whole).Length);
            if (await HashAsync(_whole, cancel) == wheel.Sha256)
                return _whole;
            File.Delete(_whole);
        }
        var resumed = PartBytes > 0;
        await ReceiveAsync(cancel);
        var sum = await HashAsync(_part, cancel);
        if (sum != wheel.Sha256 && resumed)
        {
            // The first part may be from another file; only a download in one piece proves the checksum wrong.
            File.Delete(_part);
            await ReceiveAsync(cancel);
            sum = await HashAsync(_part, cancel);
        }
        if (sum != wheel.Sha256)
        {
            File.Delete(_part);
            throw new InputException(
                $"{wheel.Address}: its SHA-256 is {sum}, but the index states {wheel.Sha256}; the download was deleted; "
                    + "run setup again, and use another `index` if the problem remains"
            );
        }
        return OnDisk(() =>
        {
            File.Move(_part, _whole);
            return _whole;
        });
    }

    private long PartBytes => File.Exists(_part) ? new FileInfo(_part).Length : 0;

    private Task ReceiveAsync(CancellationToken cancel) =>
        new ResumableDownload(client, wheel.Address, _part)
        {
            RetryDelay = retryDelay,
            Progress = onBytes,
            RefusalHint = "give another `index`, or run setup again later",
            Interrupted = "check the network and run setup again: the download resumes from there",
            NotWritable = "free space or give another `output`, and run setup again",
        }.ReceiveAsync(cancel);

    private T OnDisk<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{_part}: cannot be written ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}); free space or give "
                    + "another `output`, and run setup again",
                e
            );
        }
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancel)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel));
    }
}
