using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Core;
using Litre.Core.Files;
using Litre.Core.Json;
using Litre.Library.Entries;

namespace Litre.Library;

/// <summary>
/// The library's folder: one file per entry, one file of all names with their tags, and the library's own copies of adapters.
/// </summary>
/// <param name="folder">The folder; null for the user's.</param>
internal sealed class LibraryFiles(string? folder)
{
    private const string StateName = "adapters";
    private const string NamesFile = "names.json";
    private const string EntriesFolder = "entries";
    private const string CopiesFolder = "copies";
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>The folder, which need not exist.</summary>
    internal string Root { get; } = folder ?? Path.Combine(StateFolder.Path, StateName);

    /// <summary>An entry as JSON.</summary>
    internal static string ToJson(AdapterEntry entry) => JsonSerializer.Serialize(entry, Layout);

    /// <summary>All entries that can be read, by name and version.</summary>
    /// <param name="log">Called with one line about each file that cannot be read.</param>
    internal IReadOnlyList<AdapterEntry> Read(Action<string>? log)
    {
        var entries = new List<AdapterEntry>();
        foreach (var path in EntryPaths())
        {
            try
            {
                entries.Add(ReadEntry(path));
            }
            catch (InputException e)
            {
                log?.Invoke(e.Message);
            }
        }
        return [.. entries.OrderBy(e => e.Name, StringComparer.Ordinal).ThenBy(e => e.Version)];
    }

    /// <summary>One entry; null if there is none.</summary>
    /// <exception cref="InputException">Its file is damaged.</exception>
    internal AdapterEntry? Find(string name, int version) =>
        EntryPath(name, version) is var path && File.Exists(path) ? ReadEntry(path) : null;

    /// <summary>The versions of a name, in ascending order, whether or not their files can be read.</summary>
    internal IReadOnlyList<int> Versions(string name) =>
        [.. EntryPaths().Select(Id).Where(id => id.Name == name).Select(id => id.Version).Order()];

    /// <summary>The names and their tags.</summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    internal SortedDictionary<string, NameRecord> ReadNames()
    {
        var path = Path.Combine(Root, NamesFile);
        var names = new SortedDictionary<string, NameRecord>(StringComparer.Ordinal);
        if (!File.Exists(path))
            return names;
        try
        {
            foreach (var (name, record) in JsonSerializer.Deserialize<Dictionary<string, NameRecord>>(FileReading.ReadText(path), Layout)!)
                names.Add(name, record);
            return names;
        }
        catch (Exception e) when (e is JsonException or NullReferenceException)
        {
            throw new InputException(
                $"{path}: is damaged, so the tags are unknown; restore the file from a backup, or delete it and set the tags again",
                e
            );
        }
    }

    internal void WriteNames(SortedDictionary<string, NameRecord> names) =>
        WriteText(Path.Combine(Root, NamesFile), JsonSerializer.Serialize(names, Layout) + "\n");

    internal void Write(AdapterEntry entry)
    {
        CreateFolder(Path.Combine(Root, EntriesFolder));
        WriteText(EntryPath(entry.Name, entry.Version), ToJson(entry) + "\n");
    }

    internal void Delete(AdapterEntry entry) => File.Delete(EntryPath(entry.Name, entry.Version));

    /// <summary>The folder of the library's copy of a version; its parent exists.</summary>
    internal string CopyFolder(string name, int version)
    {
        CreateFolder(Path.Combine(Root, CopiesFolder));
        return Path.Combine(Root, CopiesFolder, FileName(name, version));
    }

    /// <summary>Waits until no other process changes the library.</summary>
    /// <returns>Ends the change when it is disposed.</returns>
    /// <exception cref="InputException">The folder cannot be written, or another process does not end its change.</exception>
    internal IDisposable Lock()
    {
        if (folder is null)
            StateFolder.Open(StateName);
        CreateFolder(Root);
        var path = Path.Combine(Root, ".lock");
        var until = DateTime.UtcNow + Patience;
        while (true)
        {
            try
            {
                var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                Restrict(path);
                return held;
            }
            catch (UnauthorizedAccessException e)
            {
                throw new InputException($"{path}: no permission to write ({e.Message}); check the folder's permissions", e);
            }
            catch (IOException e) when (DateTime.UtcNow >= until)
            {
                throw new InputException($"{Root}: another litre process is changing the adapter library; try again when it has ended", e);
            }
            catch (IOException)
            {
                Thread.Sleep(20);
            }
        }
    }

    /// <summary>The files of an adapter with their hashes.</summary>
    /// <param name="adapter">The adapter's folder.</param>
    /// <param name="names">Their names; those that do not exist are omitted.</param>
    internal static IReadOnlyList<EntryFile> Hash(string adapter, IEnumerable<string> names)
    {
        var files = new List<EntryFile>();
        foreach (var name in names)
        {
            var path = Path.Combine(adapter, name);
            if (!File.Exists(path))
                continue;
            using var handle = FileReading.Open(path);
            using var stream = new FileStream(handle, FileAccess.Read);
            files.Add(new EntryFile(name, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream))));
        }
        return files;
    }

    /// <summary>Copies files into a folder, which is created if it does not exist.</summary>
    internal static void Copy(string from, string to, IEnumerable<EntryFile> files)
    {
        CreateFolder(to);
        foreach (var file in files)
        {
            var path = Path.Combine(to, file.Name);
            using var handle = FileReading.Open(Path.Combine(from, file.Name));
            using var source = new FileStream(handle, FileAccess.Read);
            AtomicFile.Write(path, file.Bytes, source.CopyTo);
        }
    }

    private static void WriteText(string path, string text)
    {
        AtomicFile.WriteText(path, text);
        Restrict(path);
    }

    /// <summary>Makes a file, or a folder with its files, readable for its owner alone.</summary>
    internal static void Restrict(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        if (Directory.Exists(path))
            foreach (var file in Directory.EnumerateFiles(path))
                Restrict(file);
        try
        {
            File.SetUnixFileMode(path, Directory.Exists(path) ? OwnerFolder : OwnerFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{path}: its permissions cannot be changed ({e.Message}); set {HostEnvironment.State} to a folder of your own",
                e
            );
        }
    }

    private static void CreateFolder(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, OwnerFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be created ({e.Message}); check the folder's permissions", e);
        }
    }

    private static AdapterEntry ReadEntry(string path)
    {
        try
        {
            var entry = JsonSerializer.Deserialize<AdapterEntry>(FileReading.ReadText(path), Layout);
            if (entry is not null && (entry.Name, entry.Version) == Id(path))
                return entry;
            throw new InputException($"{path}: {Damaged("it does not describe the adapter that its name says")}");
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: {Damaged($"line {(e.LineNumber ?? 0) + 1} is not valid")}", e);
        }
    }

    private static string Damaged(string why) =>
        $"this entry of the adapter library is damaged ({why}) and is skipped; restore the file, or delete it and add the adapter again";

    private IEnumerable<string> EntryPaths() =>
        Path.Combine(Root, EntriesFolder) is var entries && Directory.Exists(entries)
            ? Directory.EnumerateFiles(entries, "*.json").Where(path => Id(path).Version > 0).Order(StringComparer.Ordinal)
            : [];

    private string EntryPath(string name, int version) => Path.Combine(Root, EntriesFolder, FileName(name, version) + ".json");

    private static string FileName(string name, int version) => string.Create(CultureInfo.InvariantCulture, $"{name}@{version}");

    private static (string Name, int Version) Id(string path) =>
        AdapterReference.TryParse(Path.GetFileNameWithoutExtension(path)) is { Version: { } version, Name: var name }
            ? (name, version)
            : ("", 0);
}

/// <summary>What is known of a name besides its entries.</summary>
/// <param name="LastVersion">The highest version that was ever given, so that none is given twice.</param>
/// <param name="Tags">Versions by tag.</param>
internal sealed record NameRecord(int LastVersion, SortedDictionary<string, int> Tags);
