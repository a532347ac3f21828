using Litre.Core;

namespace Litre.Machine.Setup;

/// <summary>Where wheels come from: an index in the network or a local folder.</summary>
internal abstract class WheelIndex : IDisposable
{
    /// <summary>What the user gave as <c>index</c>.</summary>
    public abstract string Place { get; }

    /// <summary>The only build that is there, where the place names one (<c>…/whl/cu130</c>); else null.</summary>
    public virtual string? OnlyBuild => null;

    /// <summary>True where a build's folder says what a wheel was built for, even if the wheel's name does not.</summary>
    public abstract bool HasBuildFolders { get; }

    /// <param name="place">An address of http or https, or a folder.</param>
    /// <param name="machine">How long a broken connection is waited for.</param>
    /// <exception cref="InputException">Neither an address nor a folder.</exception>
    public static WheelIndex Open(string place, SetupMachine machine)
    {
        // A path goes first: taken for an address it may lose what stands behind a # or a %.
        if (Directory.Exists(place))
            return new FolderWheelIndex(Path.GetFullPath(place));
        if (Uri.TryCreate(place, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            return new HttpWheelIndex(address, machine.RetryDelay);
        return address is { IsFile: true } && Directory.Exists(address.LocalPath)
            ? new FolderWheelIndex(address.LocalPath)
            : throw new InputException(
                "index",
                place,
                "is neither an http address nor a folder that exists",
                $"give one with wheels, or omit it for {LibtorchSetup.DefaultIndex}"
            );
    }

    /// <summary>The wheels of a project in a build's folder, in no order; null where the index has no such folder.</summary>
    public abstract Task<IReadOnlyList<WheelLink>?> FindAsync(string build, string project, CancellationToken cancel);

    /// <summary>The text of a wheel's METADATA; null where the index offers it only inside the wheel.</summary>
    public abstract Task<string?> ReadMetadataAsync(WheelLink wheel, CancellationToken cancel);

    /// <summary>Size of a wheel in bytes; null where the index does not say.</summary>
    public abstract Task<long?> SizeAsync(WheelLink wheel, CancellationToken cancel);

    /// <summary>Brings a wheel onto this machine whole, with the sum that the index gives, and answers its path.</summary>
    /// <param name="wheel">From <see cref="FindAsync"/>.</param>
    /// <param name="downloads">A folder for what is fetched.</param>
    /// <param name="onBytes">Told the bytes of the wheel that are there, as they come.</param>
    /// <param name="cancel">Stops between two blocks; what is there stays for the next call.</param>
    public abstract Task<string> FetchAsync(WheelLink wheel, string downloads, Action<long> onBytes, CancellationToken cancel);

    public virtual void Dispose() { }
}
