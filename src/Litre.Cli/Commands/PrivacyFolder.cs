using Litre.Core;
using Litre.Core.Files;
using Litre.Privacy.Reports;

namespace Litre.Cli.Commands;

/// <summary>The folder of a proof: the report as a page and as JSON, and what the commands wrote while they ran.</summary>
internal static class PrivacyFolder
{
    /// <summary>Makes the folder, lets a proof work in it, and writes the report.</summary>
    /// <param name="folder">Its path; it must be new or empty.</param>
    /// <param name="keepsWork">Whether what the commands wrote is kept.</param>
    /// <param name="prove">Makes the proof in the folder that it is given.</param>
    /// <returns>The report, and the path of its page.</returns>
    /// <exception cref="InputException">The folder is in use or cannot be written.</exception>
    public static async Task<(PrivacyReport Report, string Page)> WriteAsync(
        string folder,
        bool keepsWork,
        Func<string, Task<PrivacyReport>> prove
    )
    {
        var full = Path.GetFullPath(folder);
        if (File.Exists(full) || (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any()))
            throw new InputException("output", folder, "exists already", "give a folder that does not exist yet");
        var isNew = !Directory.Exists(full);
        var work = Path.Combine(full, "work");
        var isComplete = false;
        try
        {
            Directory.CreateDirectory(work);
            var report = await prove(work);
            var page = Path.Combine(folder, "report.html");
            AtomicFile.WriteText(Path.Combine(folder, "report.json"), ReportJson.Write(report) + "\n");
            AtomicFile.WriteText(page, PrivacyPage.Write(report));
            isComplete = true;
            return (report, page);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException("output", folder, $"cannot be written ({e.Message})", "choose another folder", e);
        }
        finally
        {
            if (!isComplete && isNew)
                Remove(full);
            else if (!keepsWork || !isComplete)
                Remove(work);
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
