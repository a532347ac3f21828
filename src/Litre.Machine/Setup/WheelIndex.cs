using Litre.Core;

namespace Litre.Machine.Setup;

/// <summary>The source of wheels: an index on the network or a local folder.</summary>
internal abstract class WheelIndex : IDisposable
{
    /// <summary>The user's <c>index</c>.</summary>
    public abstract string Place { get; }

    /// <summary>The only build of the index if its address names one (<c>…/whl/cu130</c>); otherwise null.</summary>
    public virtual string? OnlyBuild => null;

    /// <summary>True if a build's folder states what a wheel was built for, even if the wheel's name does not.</summary>
    public abstract bool HasBuildFolders { get; }

    /// <param name="place">An address of http or https, or a folder.</param>
    /// <param name="machine">Defines the delay after a broken connection.</param>
    /// <exception cref="InputException">Neither an address nor a folder.</exception>
    public static WheelIndex Open(string place, SetupMachine machine)
    {
        // A path is tried first: read as an address it may lose the part after a # or a %.
        if (Directory.Exists(place))
            return new FolderWheelIndex(Path.GetFullPath(place));
        if (Uri.TryCreate(place, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            return new HttpWheelIndex(address, machine.RetryDelay);
        return address is { IsFile: true } && Directory.Exists(address.LocalPath)
            ? new FolderWheelIndex(address.LocalPath)
            : throw new InputException(
                "index",
                place,
                "is neither an http address nor an existing folder",
                $"give one with wheels, or omit it for {LibtorchSetup.DefaultIndex}"
            );
    }

    /// <summary>The wheels of a project in a build's folder, in no order; null if the index has no such folder.</summary>
    public abstract Task<IReadOnlyList<WheelLink>?> FindAsync(string build, string project, CancellationToken cancel);

    /// <summary>The text of a wheel's METADATA; null if the index offers it only inside the wheel.</summary>
    public abstract Task<string?> ReadMetadataAsync(WheelLink wheel, CancellationToken cancel);

    /// <summary>Size of a wheel in bytes; null if the index does not state it.</summary>
    public abstract Task<long?> SizeAsync(WheelLink wheel, CancellationToken cancel);

    /// <summary>Downloads a complete wheel, verifies the checksum of the index, and returns its path.</summary>
    /// <param name="wheel">From <see cref="FindAsync"/>.</param>
    /// <param name="downloads">A folder for downloads.</param>
    /// <param name="onBytes">Called with the number of bytes of the wheel received so far.</param>
    /// <param name="cancel">Stops between two blocks; the received part is kept for the next call.</param>
    public abstract Task<string> FetchAsync(WheelLink wheel, string downloads, Action<long> onBytes, CancellationToken cancel);

    public virtual void Dispose() { }
}
