using Litre.Core;
using Litre.Model;
using Litre.Model.Lora;

namespace Litre.Inference.Serving;

/// <summary>
/// The adapters of an engine by name. Those in use are attached to the model; others stay attached as long as the memory limit permits,
/// and are read again when they are needed. <see cref="List"/> and <see cref="Find"/> are thread-safe; all other members belong to the
/// engine's thread.
/// </summary>
internal sealed class AdapterStore(CausalModel model, long limitBytes, AdapterLoadOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _byName = new(StringComparer.Ordinal);
    private readonly List<Entry> _attached = []; // the one used last at the end

    /// <summary>An adapter. A name that is registered again is a new one.</summary>
    internal sealed class Entry(string name, string path)
    {
        public string Name { get; } = name;

        public string Path { get; } = path;

        public DateTimeOffset RegisteredAt { get; } = DateTimeOffset.UtcNow;

        public long Bytes { get; set; }

        /// <summary>Its slot; null if it is not attached.</summary>
        public int? Slot { get; set; }

        /// <summary>Requests that are being answered with it.</summary>
        public int Users { get; set; }

        public bool IsRemoved { get; set; }
    }

    /// <summary>Called before an adapter is detached, with its slot.</summary>
    public Action<int>? OnDetach { get; set; }

    public IReadOnlyList<ServedAdapter> List()
    {
        lock (_lock)
            return [.. _byName.Values.OrderBy(e => e.RegisteredAt).Select(Describe)];
    }

    /// <exception cref="InputException">There is no adapter of that name.</exception>
    public Entry Find(string name)
    {
        lock (_lock)
        {
            return _byName.GetValueOrDefault(name)
                ?? throw new InputException(
                    "adapter",
                    name,
                    _byName.Count == 0
                        ? "no adapter is loaded"
                        : $"no adapter of that name is loaded; loaded: {string.Join(", ", _byName.Keys)}",
                    "load it first"
                );
        }
    }

    /// <summary>Attaches an adapter and registers it, in place of the one that has the name.</summary>
    /// <exception cref="InputException">It does not exist, does not fit the model, or is larger than the limit.</exception>
    public ServedAdapter Register(string name, string path)
    {
        var entry = new Entry(name, AdapterFolder.Find(path, options.Log));
        if (!TryAttach(entry))
            throw new InputException(
                "adapter",
                name,
                "the memory for adapters is in use by running requests",
                "try again later, or raise `adapter-memory`"
            );
        Entry? replaced;
        lock (_lock)
        {
            replaced = _byName.GetValueOrDefault(name);
            _byName[name] = entry;
        }
        Remove(replaced);
        return Describe(entry);
    }

    /// <summary>Removes a name. Its adapter is detached when no request uses it.</summary>
    /// <exception cref="InputException">There is no adapter of that name.</exception>
    public void Unregister(string name)
    {
        var entry = Find(name);
        lock (_lock)
            _byName.Remove(name);
        Remove(entry);
    }

    /// <summary>Attaches an adapter for a request, unless running requests use all memory.</summary>
    public bool TryUse(Entry entry)
    {
        if (!TryAttach(entry))
            return false;
        entry.Users++;
        return true;
    }

    /// <summary>Ends a request's use.</summary>
    public void Release(Entry entry)
    {
        entry.Users--;
        if (entry is { IsRemoved: true, Users: 0 })
            Detach(entry);
    }

    private bool TryAttach(Entry entry)
    {
        if (entry.Slot is null)
        {
            // The size is known after it was read once.
            if (entry.Bytes > 0 && !MakeRoom(entry.Bytes, entry))
                return false;
            var adapter = AdapterFiles.Load(model, entry.Path, options);
            (entry.Slot, entry.Bytes) = (adapter.Slot, adapter.Bytes);
            _attached.Add(entry);
            if (adapter.Bytes > limitBytes)
            {
                Detach(entry);
                throw new InputException(
                    "adapter",
                    entry.Name,
                    $"needs {Units.MiBOrGiB(adapter.Bytes)}, but `adapter-memory` is {Units.MiBOrGiB(limitBytes)}",
                    "raise it"
                );
            }
            if (!MakeRoom(0, entry))
            {
                Detach(entry);
                return false;
            }
        }
        _attached.Remove(entry);
        _attached.Add(entry);
        return true;
    }

    private bool MakeRoom(long bytes, Entry keep)
    {
        while (_attached.Sum(e => e.Bytes) + bytes > limitBytes)
        {
            if (_attached.Find(e => e.Users == 0 && e != keep) is not { } unused)
                return false;
            Detach(unused);
        }
        return true;
    }

    private void Remove(Entry? entry)
    {
        if (entry is null)
            return;
        entry.IsRemoved = true;
        if (entry.Users == 0)
            Detach(entry);
    }

    private void Detach(Entry entry)
    {
        if (entry.Slot is not { } slot)
            return;
        OnDetach?.Invoke(slot);
        model.Adapters.Detach(slot);
        entry.Slot = null;
        _attached.Remove(entry);
    }

    private static ServedAdapter Describe(Entry entry) =>
        new(entry.Name, entry.Path, entry.RegisteredAt, entry.Bytes, entry.Slot is not null);
}
