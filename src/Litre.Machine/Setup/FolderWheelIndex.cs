using Litre.Core;

namespace Litre.Machine.Setup;

/// <summary>A local folder of wheels, in it or in folders below it; they are used in place.</summary>
internal sealed class FolderWheelIndex(string folder) : WheelIndex
{
    public override string Place => folder;

    public override bool HasBuildFolders => false;

    public override Task<IReadOnlyList<WheelLink>?> FindAsync(string build, string project, CancellationToken cancel)
    {
        try
        {
            IReadOnlyList<WheelLink> found =
            [
                .. Directory
                    .EnumerateFiles(folder, "*.whl", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
                    .Select(path => (Path: path, Name: WheelName.Parse(System.IO.Path.GetFileName(path))))
                    .Where(wheel => wheel.Name?.Project == project)
                    .Select(wheel => new WheelLink(wheel.Name!, Address(wheel.Path))),
            ];
            return Task.FromResult<IReadOnlyList<WheelLink>?>(found.Count > 0 ? found : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException("index", folder, $"cannot be read ({e.Message})", "give a folder of wheels that you may read", e);
        }
    }

    public override Task<string?> ReadMetadataAsync(WheelLink wheel, CancellationToken cancel) =>
        Task.FromResult<string?>(WheelFile.ReadMetadata(wheel.Address.LocalPath));

    public override Task<long?> SizeAsync(WheelLink wheel, CancellationToken cancel) =>
        Task.FromResult<long?>(new FileInfo(wheel.Address.LocalPath).Length);

    public override Task<string> FetchAsync(WheelLink wheel, string downloads, Action<long> onBytes, CancellationToken cancel)
    {
        onBytes(new FileInfo(wheel.Address.LocalPath).Length);
        return Task.FromResult(wheel.Address.LocalPath);
    }

    private static Uri Address(string path) => new("file://" + string.Join('/', path.Split('/').Select(Uri.EscapeDataString)));
}
