using Shared;

namespace Litre.Data.Tests;

/// <summary>Files that were made for these tests.</summary>
internal static class DataAssets
{
    public static string At(string path) => Path.Combine(Repository.Root, "tests", "Litre.Data.Tests", "assets", path);
}
