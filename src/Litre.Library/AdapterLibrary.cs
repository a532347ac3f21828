using Litre.Core;
using Litre.Core.Files;
using Litre.Library.Entries;
using Litre.Model.Lora;
using Litre.Training.Tuning;

namespace Litre.Library;

/// <summary>
/// The adapters of this user with their versions and tags. Several processes can use it at the same time. Nothing is written before
/// an adapter is registered.
/// </summary>
public sealed class AdapterLibrary
{
    private readonly LibraryFiles _files;
    private readonly Action<string>? _log;

    /// <param name="folder">The library's folder; null for <c>adapters</c> in the user's state folder.</param>
    /// <param name="log">Called with one line about each entry that cannot be read, and about choices that are made.</param>
    public AdapterLibrary(string? folder = null, Action<string>? log = null) => (_files, _log) = (new LibraryFiles(folder), log);

    /// <summary>The library's folder, which need not exist.</summary>
    public string Folder => _files.Root;

    /// <summary>All versions of all adapters, by name and version. Damaged entries are reported and omitted.</summary>
    public IReadOnlyList<AdapterEntry> Entries() => _files.Read(_log);

    /// <summary>The tags of a version, in alphabetical order.</summary>
    /// <exception cref="InputException">The list of tags is damaged.</exception>
    public IReadOnlyList<string> Tags(AdapterEntry entry) => Tags(_files.ReadNames(), entry);

    /// <summary>An entry as the library writes it.</summary>
    public static string ToJson(AdapterEntry entry) => LibraryFiles.ToJson(entry);

    /// <summary>The entry that a reference names. Its files are not checked.</summary>
    /// <param name="reference"><c>NAME</c>, <c>NAME@VERSION</c> or <c>NAME:TAG</c>.</param>
    /// <exception cref="InputException">There is none.</exception>
    public AdapterEntry Find(string reference) => Find(AdapterReference.Parse(reference));

    /// <summary>
    /// The folder of an adapter that a user names: a path (a folder of an adapter, one of its files, or a run's folder) if it exists,
    /// otherwise a reference to this library, whose files are compared with their hashes.
    /// </summary>
    /// <param name="reference">The path or reference.</param>
    /// <returns>A folder with PEFT's files.</returns>
    /// <exception cref="InputException">There is no such adapter, or its files have changed since it was registered.</exception>
    public string Resolve(string reference)
    {
        if (Path.Exists(reference) || AdapterReference.TryParse(reference) is not { } parsed)
            return AdapterFolder.Find(reference, _log);
        if (_files.Versions(parsed.Name).Count == 0)
            throw new InputException(
                "adapter",
                reference,
                $"is neither a folder nor an adapter of the library{Nearest(parsed.Name)}",
                "give the folder of an adapter or of a run, or a name that `litre adapter list` shows"
            );
        var entry = Find(parsed);
        Check(entry);
        if (parsed.Version is null)
            _log?.Invoke($"{reference}: {entry.Id} of the adapter library, in {entry.Folder}");
        return entry.Folder;
    }

    /// <summary>What is known of an adapter that a user names as in <see cref="Resolve"/>.</summary>
    /// <param name="reference">The path or reference.</param>
    /// <returns>The library's entry, or for another folder one that is not registered, whose version is 0.</returns>
    /// <exception cref="InputException">There is no such adapter.</exception>
    public AdapterEntry Describe(string reference)
    {
        if (!Path.Exists(reference) && AdapterReference.TryParse(reference) is { } parsed)
            return Find(parsed);
        var folder = FindFolder(reference);
        var entries = Entries();
        var origin = EntryBuilder.RunOf(folder) is null ? AdapterOrigin.Added : AdapterOrigin.Run;
        var found = EntryBuilder.Build(folder, origin, entries);
        return entries.LastOrDefault(e => e.Folder == found.Folder && e.HasFilesOf(found)) ?? found with { Name = reference };
    }

    /// <summary>Compares an entry's files with their hashes.</summary>
    /// <exception cref="InputException">A file is missing or has changed.</exception>
    public static void Check(AdapterEntry entry)
    {
        foreach (var file in entry.Files)
        {
            var path = Path.Combine(entry.Folder, file.Name);
            if (!File.Exists(path))
                throw new InputException(
                    $"{entry.Id}: its file {path} no longer exists; restore it, or remove the entry with `litre adapter remove {entry.Id}`"
                );
            if (LibraryFiles.Hash(entry.Folder, [file.Name])[0] != file)
                throw new InputException(
                    $"{entry.Id}: its file {path} has changed since it was registered; if its run was continued, let the run finish, "
                        + $"which registers it again, or add the folder as it is now with `litre adapter add {entry.Folder}`"
                );
        }
    }

    /// <summary>Registers the best adapter of a run that ended.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="resumed">
    /// Whether this end continued an earlier one: the entry of that one is updated unless it has a tag or a copy. A run that started
    /// anew in the same folder gets a new version.
    /// </param>
    /// <returns>The entry; null if the run has no best adapter, as when all weights were trained.</returns>
    /// <exception cref="InputException">The library cannot be written.</exception>
    public AdapterEntry? AddRun(string run, bool resumed = false)
    {
        run = Path.GetFullPath(run);
        var best = Path.Combine(run, "best");
        if (!File.Exists(Path.Combine(best, AdapterFiles.WeightsName)))
            return null;
        using var held = _files.Lock();
        var entries = _files.Read(_log);
        var entry = EntryBuilder.Build(best, AdapterOrigin.Run, entries);
        var name = Recipe.OfRun(run)?.Library.Name is { Length: > 0 } asked
            ? AdapterReference.CheckName("adapter-name", asked)
            : AdapterReference.Suggest(run);
        var names = _files.ReadNames();
        if (entries.LastOrDefault(e => e.Name == name && e.Origin == AdapterOrigin.Run && e.Source == best) is { } before)
        {
            if (before.HasFilesOf(entry))
                return Update(before with { Scores = entry.Scores, Note = entry.Note, Recipe = entry.Recipe });
            if (resumed && !before.IsCopy && Tags(names, before).Count == 0)
                return Update(entry with { Name = name, Version = before.Version });
        }
        return Register(entry with { Name = name }, names);
    }

    /// <summary>Registers the adapter of a folder.</summary>
    /// <param name="path">The folder of a PEFT adapter or of a run.</param>
    /// <param name="name">Its name; null for that of the folder.</param>
    /// <param name="note">A remark; null keeps that of its run.</param>
    /// <param name="copy">Whether its files are copied into the library.</param>
    /// <returns>The new entry, or the existing one of this name with the same files.</returns>
    /// <exception cref="InputException">There is no adapter, or the library cannot be written.</exception>
    public AdapterEntry Add(string path, string? name = null, string? note = null, bool copy = false)
    {
        var adapter = Path.GetFullPath(FindFolder(path));
        name = name is null ? AdapterReference.Suggest(NamedFolder(adapter)) : AdapterReference.CheckName("name", name);
        using var held = _files.Lock();
        var entries = _files.Read(_log);
        var origin = EntryBuilder.RunOf(adapter) is null ? AdapterOrigin.Added : AdapterOrigin.Run;
        var entry = EntryBuilder.Build(adapter, origin, entries) with { Name = name };
        if (note is not null)
            entry = entry with { Note = note };
        var same = entries.LastOrDefault(e => e.Name == name && e.HasFilesOf(entry) && (e.IsCopy || e.Folder == adapter));
        if (same is null)
            return copy ? Pin(Register(entry, _files.ReadNames())) : Register(entry, _files.ReadNames());
        if (note is not null)
            same = Update(same with { Note = note });
        return copy ? Pin(same) : same;
    }

    /// <summary>Registers an adapter that was merged from others.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="output">Its folder; null to write it into the library.</param>
    /// <param name="write">Writes the adapter's files into the folder that it is given.</param>
    /// <param name="describe">Adds lineage and note to the entry.</param>
    internal AdapterEntry AddMerged(string name, string? output, Action<string> write, Func<AdapterEntry, AdapterEntry> describe)
    {
        if (output is not null)
        {
            AtomicFolder.Write(output, folder => Run(write, folder));
            using var held = _files.Lock();
            var written = EntryBuilder.Build(output, AdapterOrigin.Merged, []);
            return Register(describe(written) with { Name = name }, _files.ReadNames());
        }
        // Written before the library is locked, because it can take minutes.
        using var space = new TemporaryCopy(_files);
        write(space.Path);
        using var locked = _files.Lock();
        var names = _files.ReadNames();
        var target = _files.CopyFolder(name, Next(name, names));
        RemoveFolder(target);
        Directory.Move(space.Path, target);
        LibraryFiles.Restrict(target);
        var entry = EntryBuilder.Build(target, AdapterOrigin.Merged, []) with { Source = null, IsCopy = true };
        return Register(describe(entry) with { Name = name }, names);
    }

    /// <summary>Gives a version a tag, which any other version of the name loses. A tagged version is copied into the library.</summary>
    /// <param name="reference">The version.</param>
    /// <param name="tag">The tag, such as <c>production</c>.</param>
    /// <returns>The entry, and the version that had the tag before, or null.</returns>
    /// <exception cref="InputException">The version does not exist or its files have changed.</exception>
    public (AdapterEntry Entry, int? Before) Tag(string reference, string tag)
    {
        tag = AdapterReference.CheckTag(tag);
        using var held = _files.Lock();
        var names = _files.ReadNames();
        var entry = Find(AdapterReference.Parse(reference));
        var record = names.GetValueOrDefault(entry.Name) ?? new NameRecord(entry.Version, []);
        int? before = record.Tags.TryGetValue(tag, out var version) ? version : null;
        entry = Pin(entry);
        record.Tags[tag] = entry.Version;
        names[entry.Name] = record;
        _files.WriteNames(names);
        return (entry, before);
    }

    /// <summary>Removes a tag; the version keeps its copy.</summary>
    /// <param name="reference"><c>NAME:TAG</c>.</param>
    /// <returns>The version that had the tag.</returns>
    /// <exception cref="InputException">There is no such tag.</exception>
    public int Untag(string reference)
    {
        if (AdapterReference.Parse(reference) is not { Tag: { } tag, Name: var name })
            throw new InputException($"{reference}: names no tag; give NAME:TAG");
        using var held = _files.Lock();
        var names = _files.ReadNames();
        if (names.GetValueOrDefault(name) is not { } record || !record.Tags.Remove(tag, out var version))
            throw Unknown(new AdapterReference(name, null, tag), names);
        _files.WriteNames(names);
        return version;
    }

    /// <summary>Removes an entry, and the library's own copy of its files. Files outside the library are never deleted.</summary>
    /// <param name="reference">The version.</param>
    /// <param name="force">Whether to remove it although it has a tag, or although the library's copy is the only one.</param>
    /// <exception cref="InputException">It does not exist, or is kept without <paramref name="force"/>.</exception>
    public RemovedAdapter Remove(string reference, bool force = false)
    {
        using var held = _files.Lock();
        var names = _files.ReadNames();
        var entry = Find(AdapterReference.Parse(reference));
        var tags = Tags(names, entry);
        if (tags.Count > 0 && !force)
            throw new InputException(
                $"{entry.Id}: has the tag {string.Join(", ", tags)}, so it is kept; remove the tag with "
                    + $"`litre adapter untag {entry.Name}:{tags[0]}`, or add `force`"
            );
        var hasSource = entry.Source is { } source && entry.Files.All(f => File.Exists(Path.Combine(source, f.Name)));
        if (entry.IsCopy && !hasSource && !force)
            throw new InputException(
                $"{entry.Id}: the library's copy in {entry.Folder} is the only one left, so it is kept; copy it elsewhere, or add `force`"
            );
        if (names.TryGetValue(entry.Name, out var record))
        {
            foreach (var tag in tags)
                record.Tags.Remove(tag);
            names[entry.Name] = record with { LastVersion = Math.Max(record.LastVersion, entry.Version) };
            _files.WriteNames(names);
        }
        _files.Delete(entry);
        if (entry.IsCopy)
            RemoveFolder(entry.Folder);
        return new RemovedAdapter(entry, tags, entry.IsCopy ? entry.Folder : null, hasSource ? entry.Source : null);
    }

    // The same as for `adapter`, whose name does not belong into messages about an argument.
    private static string FindFolder(string path)
    {
        try
        {
            return AdapterFolder.Find(path);
        }
        catch (InputException e) when (e is { Setting: not null, Reason: { } reason })
        {
            throw new InputException($"{path}: {reason}{(e.Remedy is { } remedy ? $"; {remedy}" : "")}", e);
        }
    }

    private AdapterEntry Find(AdapterReference reference)
    {
        var names = reference.Tag is null ? [] : _files.ReadNames();
        var version = reference switch
        {
            { Version: { } asked } => asked,
            { Tag: { } tag } => names.GetValueOrDefault(reference.Name)?.Tags.TryGetValue(tag, out var tagged) == true ? tagged : 0,
            _ => _files.Versions(reference.Name).LastOrDefault(),
        };
        return _files.Find(reference.Name, version) ?? throw Unknown(reference, names);
    }

    private InputException Unknown(AdapterReference reference, SortedDictionary<string, NameRecord> names)
    {
        var versions = _files.Versions(reference.Name);
        if (versions.Count == 0)
            return new InputException(
                $"{reference}: the library has no adapter of this name{Nearest(reference.Name)}; `litre adapter list` shows all"
            );
        return reference.Tag is { } tag
            ? new InputException(
                $"{reference}: no version of {reference.Name} has the tag {tag}"
                    + (
                        names.GetValueOrDefault(reference.Name) is { Tags.Count: > 0 } record
                            ? $" (its tags: {string.Join(", ", record.Tags.Keys)})"
                            : ""
                    )
                    + $"; set it with `litre adapter tag {reference.Name}@{versions[^1]} {tag}`"
            )
            : new InputException(
                $"{reference}: {reference.Name} has no such version (it has {string.Join(", ", versions)}); give one of these"
            );
    }

    private string Nearest(string name)
    {
        var near = _files.Read(null).Select(e => e.Name).Distinct().Select(n => (Name: n, Distance: Spelling.Distance(n, name)));
        return near.OrderBy(n => n.Distance).FirstOrDefault() is { Name: { } found, Distance: <= 2 } ? $" (did you mean {found}?)" : "";
    }

    private static IReadOnlyList<string> Tags(SortedDictionary<string, NameRecord> names, AdapterEntry entry) =>
        names.TryGetValue(entry.Name, out var record) ? [.. record.Tags.Where(t => t.Value == entry.Version).Select(t => t.Key)] : [];

    private AdapterEntry Update(AdapterEntry entry)
    {
        _files.Write(entry);
        return entry;
    }

    private int Next(string name, SortedDictionary<string, NameRecord> names) =>
        Math.Max(names.GetValueOrDefault(name)?.LastVersion ?? 0, _files.Versions(name).LastOrDefault()) + 1;

    private AdapterEntry Register(AdapterEntry entry, SortedDictionary<string, NameRecord> names)
    {
        entry = entry with { Version = Next(entry.Name, names) };
        // First, so that a version is not given again even if this process ends here.
        names[entry.Name] = new NameRecord(entry.Version, names.GetValueOrDefault(entry.Name)?.Tags ?? []);
        _files.WriteNames(names);
        return Update(entry);
    }

    // Copies the files into the library, where nothing else changes or deletes them.
    private AdapterEntry Pin(AdapterEntry entry)
    {
        Check(entry);
        if (entry.IsCopy)
            return entry;
        var target = _files.CopyFolder(entry.Name, entry.Version);
        RemoveFolder(target);
        AtomicFolder.Write(target, folder => Run(to => LibraryFiles.Copy(entry.Folder, to, entry.Files), folder));
        LibraryFiles.Restrict(target);
        var copied = entry with { Folder = target, IsCopy = true };
        Check(copied);
        return Update(copied);
    }

    private static bool Run(Action<string> write, string folder)
    {
        write(folder);
        return true;
    }

    private static void RemoveFolder(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    // The run's own name, not that of best/ or checkpoint-10/ in it.
    private static string NamedFolder(string adapter) => EntryBuilder.RunOf(adapter) ?? adapter;

    // A folder beside the copies, which is removed unless it was moved to its place.
    private sealed class TemporaryCopy : IDisposable
    {
        public TemporaryCopy(LibraryFiles files)
        {
            files.Lock().Dispose(); // creates the library's folder
            Path = System.IO.Path.Combine(files.Root, $".merge-{Guid.NewGuid():N}");
            Directory.CreateDirectory(Path);
        }

        public string Path { get; }

        public void Dispose() => RemoveFolder(Path);
    }
}

/// <summary>What was removed.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Tags">The tags that it had.</param>
/// <param name="DeletedCopy">The library's copy that was deleted; null if there was none.</param>
/// <param name="KeptSource">The folder that still has its files; null if none is known.</param>
public sealed record RemovedAdapter(AdapterEntry Entry, IReadOnlyList<string> Tags, string? DeletedCopy, string? KeptSource);
