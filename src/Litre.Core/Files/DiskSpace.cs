namespace Litre.Core.Files;

/// <summary>Free space and kind of a file system. Thread-safe.</summary>
public static class DiskSpace
{
    /// <summary>Bytes that this user may still write below a folder, which need not exist yet.</summary>
    public static long FreeBytes(string folder) => At(folder).AvailableFreeSpace;

    /// <summary>Whether the disk is full: ENOSPC and EDQUOT of Linux, and .NET's own code.</summary>
    public static bool IsFull(IOException e) => e.HResult is 28 or 122 || (e.HResult & 0xFFFF) == 0x70;

    /// <summary>Whether files there are kept in memory instead of on a disk.</summary>
    public static bool IsMemory(string folder)
    {
        try
        {
            return At(folder).DriveFormat is "tmpfs" or "ramfs";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether the file system supports hard links, so that a file need not be copied.</summary>
    public static bool HasHardLinks(string folder)
    {
        try
        {
            return At(folder).DriveFormat is not ("vfat" or "msdos" or "exfat" or "fat" or "fuseblk" or "9p");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether two folders are on one file system. Two of exactly the same kind and size count as one: a caller then plans too
    /// much space, never too little.
    /// </summary>
    public static bool AreOne(string folder, string other)
    {
        try
        {
            var (one, two) = (At(folder), At(other));
            return one.TotalSize == two.TotalSize && one.DriveFormat == two.DriveFormat;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static DriveInfo At(string folder)
    {
        var there = Path.GetFullPath(folder);
        while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { } parent)
            there = parent;
        return new DriveInfo(there);
    }
}
