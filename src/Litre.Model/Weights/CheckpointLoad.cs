using System.Diagnostics;
using System.Security.Cryptography;
using Litre.Core;
using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// Streams a checkpoint's files into allocated weights: while one block is copied, checked and hashed, the next is read. Memory never
/// exceeds the weights and two buffers.
/// </summary>
internal sealed class CheckpointLoad : IDisposable
{
    private readonly CheckpointShape _shape;
    private readonly IReadOnlyDictionary<string, Tensor> _targets;
    private readonly LoadOptions _options;
    private readonly BlockCopy _copy;
    private readonly WeightCheck? _check;
    private readonly List<BlockPlan.Block> _blocks = [];
    private readonly Dictionary<string, BlockFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (IncrementalHash Hash, WeightChecksums.Expected Expected)> _sums = new(StringComparer.Ordinal);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly long _total;
    private long _done;
    private int _checked;

    private CheckpointLoad(
        CheckpointShape shape,
        Checkpoint checkpoint,
        IReadOnlyDictionary<string, Tensor> targets,
        List<TensorEntry> wanted,
        BlockCopy copy,
        int capacity,
        LoadOptions options,
        WeightCheck? check
    )
    {
        (_shape, _targets, _copy, _options, _check) = (shape, targets, copy, options, check);
        _total = wanted.Sum(e => e.Bytes);
        var files = wanted.GroupBy(e => e.File).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        var sums = options.VerifyChecksums
            ? WeightChecksums.Of(checkpoint.Folder, files.Select(f => f.Key))
            : new Dictionary<string, WeightChecksums.Expected>();
        try
        {
            foreach (var file in files)
            {
                var shard = checkpoint.Shard(file.Key);
                _files.Add(file.Key, shard.OpenBlocks(options.ReadMethod));
                if (sums.TryGetValue(file.Key, out var expected))
                    _sums.Add(file.Key, (IncrementalHash.CreateHash(HashAlgorithmName.SHA256), expected));
                _blocks.AddRange(BlockPlan.Of(file.Key, shard.Bytes, file, Granularity, capacity, whole: expected is not null));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Fills <paramref name="targets"/>, each by its key.</summary>
    /// <param name="shape">The checkpoint's tensors.</param>
    /// <param name="checkpoint">Null for a meta device, where memory is counted and nothing is read.</param>
    /// <param name="targets">Dense.</param>
    /// <param name="device">The device of the weights.</param>
    /// <param name="options">How to read.</param>
    /// <param name="check">Called with every byte of the weights; null for none.</param>
    /// <exception cref="InputException">
    /// A file cannot be read, was changed, has another SHA-256 than its folder states, or contains values that are not finite.
    /// </exception>
    internal static void Run(
        CheckpointShape shape,
        Checkpoint? checkpoint,
        IReadOnlyDictionary<string, Tensor> targets,
        Device device,
        LoadOptions options,
        WeightCheck? check = null
    )
    {
        using var scope = new TensorScope();
        using var label = MemoryLedger.Label(MemoryUse.Working);
        var wanted = targets.Keys.Select(k => shape.Tensors[k]).Where(e => e.Bytes > 0).ToList();
        var changes = targets.Any(t => t.Value.DType != shape.Tensors[t.Key].DType || shape.IsTransposed(t.Key));
        var capacity = BlockPlan.Capacity(wanted, entry => Granularity(shape, targets, entry), options.BufferBytes);
        using var copy = new BlockCopy(capacity, device, changes);
        if (device.IsMeta)
            return;
        foreach (var target in targets.Values)
            HugePages.Request(target);
        using var load = new CheckpointLoad(shape, checkpoint!, targets, wanted, copy, capacity, options, check);
        load.Run();
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
        foreach (var sum in _sums.Values)
            sum.Hash.Dispose();
    }

    private void Run()
    {
        var reading = Task.CompletedTask;
        try
        {
            for (var i = -1; i < _blocks.Count; i++)
            {
                reading.GetAwaiter().GetResult();
                if (i + 1 < _blocks.Count)
                    reading = Read(_blocks[i + 1], _copy.Address((i + 1) & 1));
                if (i >= 0)
                    Process(_blocks[i], _copy.Address(i & 1), i + 1 == _blocks.Count || _blocks[i + 1].File != _blocks[i].File);
            }
        }
        finally
        {
            // It writes into a buffer that is about to be freed. If it failed too, the first failure is reported.
            Task.WaitAny(reading);
        }
        Report(isComplete: true);
    }

    private Task Read(BlockPlan.Block block, nint buffer) =>
        Task.Run(() => _files[block.File].Read(block.ReadStart, block.ReadBytes, buffer));

    private void Process(BlockPlan.Block block, nint buffer, bool isLastOfFile)
    {
        var hashing = _sums.TryGetValue(block.File, out var sum)
            ? Task.Run(() => Append(sum.Hash, buffer + (nint)(block.Start - block.ReadStart), (int)(block.End - block.Start)))
            : Task.CompletedTask;
        var checking = _check is null ? Task.CompletedTask : Task.Run(() => Check(_check, block, buffer));
        try
        {
            foreach (var piece in block.Pieces)
            {
                var target = _targets[piece.Entry.Name];
                _copy.Copy(buffer + (nint)(piece.FileStart - block.ReadStart), piece, target, _shape.IsTransposed(piece.Entry.Name));
                _done += piece.Bytes;
            }
            _copy.Wait();
        }
        finally
        {
            // Both use a buffer that will be filled again or freed.
            Task.WaitAny(hashing);
            Task.WaitAny(checking);
        }
        hashing.GetAwaiter().GetResult();
        checking.GetAwaiter().GetResult();
        if (isLastOfFile)
            Finish(block.File);
        Report(isComplete: false);
    }

    private void Finish(string file)
    {
        _files[file].Finish();
        if (!_sums.TryGetValue(file, out var sum))
            return;
        var found = Convert.ToHexStringLower(sum.Hash.GetHashAndReset());
        if (found != sum.Expected.Sum)
            throw new InputException(
                $"{file}: its SHA-256 is {found}, but {sum.Expected.Source} lists {sum.Expected.Sum}; the file is "
                    + "damaged or of another version; download it again"
            );
        _checked++;
    }

    private void Report(bool isComplete)
    {
        if (_options.Progress is not { } progress)
            return;
        var worst = _files.Values.MaxBy(f => f.Method);
        progress(
            new LoadProgress(_done, _total, _clock.Elapsed, isComplete)
            {
                ReadMethod = worst?.Method ?? _options.ReadMethod,
                DirectReadFailure = worst?.DirectReadFailure,
                Files = _files.Count,
                CheckedFiles = _checked,
            }
        );
    }

    private long Granularity(TensorEntry entry) => Granularity(_shape, _targets, entry);

    private static long Granularity(CheckpointShape shape, IReadOnlyDictionary<string, Tensor> targets, TensorEntry entry) =>
        entry.DType.Bytes() * (shape.IsTransposed(entry.Name) ? entry.Shape[^1] : 1);

    private static unsafe void Check(WeightCheck check, BlockPlan.Block block, nint buffer)
    {
        foreach (var piece in block.Pieces)
            check.Update(
                piece.Entry,
                piece.Start,
                new ReadOnlySpan<byte>((byte*)buffer + (piece.FileStart - block.ReadStart), checked((int)piece.Bytes))
            );
    }

    private static unsafe void Append(IncrementalHash hash, nint data, int bytes) =>
        hash.AppendData(new ReadOnlySpan<byte>((byte*)data, bytes));
}
