using Litre.Core;
using Litre.Core.Files;

namespace Litre.Inference.Features;

/// <summary>Where features of images are kept on a disk, and how much space they may take.</summary>
/// <param name="Folder">Created when first written. Several models, runs and processes may share it.</param>
/// <param name="MaxBytes">The maximum total size of all files in it together; 0 for none.</param>
public sealed record FeatureDiskSettings(string Folder, long MaxBytes)
{
    /// <summary>Enough for about 1,700 images with 768 tokens each of a 30B model, and for far more of a small one.</summary>
    public const long DefaultBytes = 20L << 30;

    /// <summary>Bytes that stay free on the disk in any case.</summary>
    public const long MinFreeBytes = 4L << 30;

    /// <summary>Bytes that stay free: files are written only while more than this is free.</summary>
    public long ReserveBytes { get; init; } = MinFreeBytes;

    /// <summary>The folder that <see cref="HostEnvironment.Features"/> names, else <c>.litre/features</c> in the user's home.</summary>
    public static string DefaultFolder =>
        HostEnvironment.Read(HostEnvironment.Features) is { } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".litre", "features");

    /// <summary>Creates the settings from a user's values; null if features are not kept on a disk.</summary>
    /// <param name="folder">Empty for the default, which is not used if it is in memory instead of on a disk.</param>
    /// <param name="maxBytes">0 for none.</param>
    /// <exception cref="InputException">The folder is a file.</exception>
    public static FeatureDiskSettings? Of(string folder, long maxBytes)
    {
        if (maxBytes == 0)
            return null;
        var place = Path.GetFullPath(folder.Length > 0 ? folder : DefaultFolder);
        if (File.Exists(place))
            throw new InputException(
                "feature-folder",
                place,
                "is a file, but a folder is needed",
                "give a folder, or store no features with `feature-disk 0`"
            );
        if (folder.Length == 0 && DiskSpace.IsMemory(place))
            return null;
        return new FeatureDiskSettings(place, maxBytes);
    }

    /// <summary>Reserves the space that the checkpoints of a run still need if they are written to the same disk.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="bytes">The total size of the checkpoints that can exist at the same time.</param>
    public FeatureDiskSettings Reserving(string run, long bytes) =>
        DiskSpace.AreOne(Folder, run) ? this with { ReserveBytes = ReserveBytes + bytes } : this;

    /// <summary>Total size of the existing files; 0 if the folder cannot be read.</summary>
    public long UsedBytes()
    {
        try
        {
            return Directory.Exists(Folder) ? new FeatureFolder(this).Count() : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Bytes that may be written now, including the space that older files can free.</summary>
    public long RoomBytes()
    {
        try
        {
            var there = Directory.Exists(Folder) ? new FeatureFolder(this).Count() : 0;
            return Math.Clamp(DiskSpace.FreeBytes(Folder) - ReserveBytes + there, 0, MaxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
