using System.Text.Json;
using Litre.Core;
using Litre.Core.Files;
using Litre.Core.Json;
using Litre.Library.Entries;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Identity;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Library.Merging;

/// <summary>
/// Merges adapters of one base into a new adapter in PEFT's format, and proves it: the update of each weight is computed from the
/// factors as they are written, and compared with what it should be. Computed on the CPU in float64.
/// </summary>
/// <param name="config">The base model's configuration.</param>
/// <param name="parts">The adapters, at least two.</param>
/// <param name="settings">The method.</param>
public sealed class AdapterMerge(ModelConfig config, IReadOnlyList<MergePart> parts, MergeSettings settings)
{
    /// <summary>The record of the merge in the adapter's folder, with the comparison of each weight.</summary>
    public const string RecordName = EntryBuilder.RecordName;

    // How far a measured error may be from the predicted one; rounding to float32 explains less.
    private const double Tolerance = 1e-5;

    private static readonly JsonSerializerOptions Layout = new(JsonText.Indented)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Whether adapters of different bases are merged, and where warnings are sent.</summary>
    public AdapterLoadOptions Options { get; init; } = new();

    /// <summary>Called with the number of merged weights and of all weights.</summary>
    public Action<int, int>? Progress { get; init; }

    /// <summary>Merges the adapters and registers the result.</summary>
    /// <param name="library">The library.</param>
    /// <param name="name">The name of the merged adapter.</param>
    /// <param name="output">A folder that does not exist yet; null to keep the adapter in the library alone.</param>
    /// <param name="note">A remark.</param>
    /// <param name="cancel">Stops between weights.</param>
    /// <exception cref="InputException">The adapters cannot be merged, or the result cannot be written; nothing was registered.</exception>
    public (AdapterEntry Entry, MergeResult Result) Register(
        AdapterLibrary library,
        string name,
        string? output,
        string note,
        CancellationToken cancel = default
    )
    {
        name = AdapterReference.CheckName("name", name);
        MergeResult? result = null;
        var entry = library.AddMerged(
            name,
            output,
            folder => result = Write(folder, cancel),
            merged => merged with { Note = note, Parents = Parents(), Merge = (settings with { Rank = result!.Rank }).ToString() }
        );
        return (entry, result!);
    }

    /// <summary>Writes the merged adapter.</summary>
    /// <param name="folder">Created if it does not exist.</param>
    /// <param name="cancel">Stops between weights.</param>
    /// <exception cref="InputException">The adapters cannot be merged, or the result is not what it should be.</exception>
    public MergeResult Write(string folder, CancellationToken cancel = default)
    {
        settings.Validate();
        if (parts.Count < 2)
            throw new InputException("merging needs at least two adapters; name them as arguments");
        if (parts.FirstOrDefault(p => p.Weight == 0 || !double.IsFinite(p.Weight)) is { } wrong)
            throw new InputException(
                FormattableString.Invariant($"{wrong.Name}: its weight is {wrong.Weight}, expected a number other than 0")
            );
        var metadata = MergedMetadata();
        using var shapes = new CausalModel(config, new MetaSource(DType.Float32, DeviceType.Cpu));
        var adapters = parts.Select(p => LoraAttachment.Attach(shapes, AdapterConfig.Load(p.Folder))).ToList();
        RefuseExperts(adapters);
        var rank = RankOf(adapters);
        var merged = AttachMerged(shapes, adapters, rank);
        var updates = new List<AdapterUpdates>();
        var factors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            updates.AddRange(parts.Select(p => AdapterUpdates.Open(config, p.Folder)));
            var modules = new List<MergedModule>();
            foreach (var (weight, lora) in merged.Updates)
            {
                cancel.ThrowIfCancellationRequested();
                modules.Add(Module(weight.Key, lora, updates, rank, factors));
                Progress?.Invoke(modules.Count, merged.Updates.Count);
            }
            var result = new MergeResult(settings.Method, rank, modules);
            Refuse(result);
            AdapterFiles.Save(shapes, merged, folder, p => factors[p.Key], metadata);
            metadata.Save(folder); // with its base, which the model of shapes does not know
            AtomicFile.WriteText(Path.Combine(folder, RecordName), JsonSerializer.Serialize(Record(result), Layout) + "\n");
            RefuseWritten(folder, merged, factors);
            return result;
        }
        finally
        {
            foreach (var update in updates)
                update.Dispose();
            foreach (var factor in factors.Values)
                factor.Dispose();
        }
    }

    private MergedModule Module(string key, LoraPair lora, List<AdapterUpdates> updates, int rank, Dictionary<string, Tensor> factors)
    {
        using var scope = new TensorScope();
        var scaled = new List<LowRank>();
        var weights = new List<double>();
        for (var i = 0; i < parts.Count; i++)
        {
            if (!updates[i].Keys.Contains(key))
                continue;
            var (a, b, scale) = updates[i].Read(key);
            // TIES weights the numbers after it has chosen them.
            var factor = settings.Method == MergeMethod.Ties ? scale : scale * parts[i].Weight;
            scaled.Add(new LowRank(Ops.Mul(ByExpert(a).To(DType.Float64), factor), ByExpert(b).To(DType.Float64)));
            weights.Add(parts[i].Weight);
        }
        var sum = LowRank.Sum(scaled);
        double[]? dense = null;
        var (reduced, predicted) = (sum, 0.0);
        if (settings.Method == MergeMethod.Svd)
            (reduced, predicted) = sum.Reduce(rank);
        else if (settings.Method == MergeMethod.Ties)
        {
            dense = Ties.Merge([.. scaled.Select(s => Ops.BatchMatMul(s.B, s.A).ToDoubles())], weights, settings.Density);
            (reduced, predicted) = LowRank.Reduce(Tensor.From<double>(dense, [1, sum.B.Size(1), sum.A.Size(2)], Device.Cpu), rank);
        }
        reduced = reduced.Pad(rank);
        var written = new LowRank(reduced.A.To(DType.Float32), reduced.B.To(DType.Float32));
        factors[lora.A.Key] = TensorScope.Keep(written.A.View(lora.A.Value.Sizes).Clone());
        factors[lora.B.Key] = TensorScope.Keep(written.B.View(lora.B.Value.Sizes).Clone());
        return dense is null ? MergeProof.Compare(key, written, sum, predicted) : MergeProof.Compare(key, written, dense, predicted);
    }

    private static Tensor ByExpert(Tensor factor) => factor.Rank == 3 ? factor : factor.View(1, factor.Size(0), factor.Size(1));

    private int RankOf(List<Adapter> adapters) =>
        settings.Method == MergeMethod.Linear
            ? adapters.SelectMany(a => a.Updates).GroupBy(u => u.Weight.Key).Max(g => g.Sum(u => u.Lora.Rank))
            : settings.Rank ?? adapters.SelectMany(a => a.Updates).Max(u => u.Lora.Rank);

    // One rank and a scale of 1 for all modules, which every program reads: a module with a lower rank gets zeros.
    private Adapter AttachMerged(CausalModel shapes, List<Adapter> adapters, int rank)
    {
        var first = adapters[0].Config;
        var all = adapters.SelectMany(a => a.Updates).DistinctBy(u => u.Weight.Key).ToList();
        var keys = all.Select(u => u.Weight.Key).ToHashSet(StringComparer.Ordinal);
        var merged = new AdapterConfig
        {
            Rank = rank,
            Alpha = rank,
            BaseModel = first.BaseModel,
            Revision = first.Revision,
            TaskType = first.TaskType,
            PeftVersion = first.PeftVersion,
        };
        if (adapters.All(a => a.Config is { TargetModules: null or { Text: null }, ExcludeModules: null, LayersToTransform.Count: 0 }))
        {
            // The lists as they are, if together they mean the same modules.
            var listed = LoraAttachment.Attach(
                shapes,
                merged with
                {
                    TargetModules = Names(adapters.SelectMany(a => a.Config.TargetModules?.Names ?? [])),
                    TargetParameters = [.. adapters.SelectMany(a => a.Config.TargetParameters).Distinct()],
                }
            );
            if (keys.SetEquals(listed.Updates.Select(u => u.Weight.Key)))
                return listed;
            shapes.Adapters.Detach(listed.Slot);
        }
        return LoraAttachment.Attach(
            shapes,
            merged with
            {
                TargetModules = Names(all.Where(u => u.Lora.A.Value.Rank == 2).Select(u => u.Lora.Module)),
                TargetParameters = [.. all.Where(u => u.Lora.A.Value.Rank == 3).Select(u => u.Weight.Key)],
            }
        );
    }

    private static ModuleSelection? Names(IEnumerable<string> names) =>
        names.Distinct().ToList() is { Count: > 0 } all ? ModuleSelection.Of(all) : null;

    private void RefuseExperts(List<Adapter> adapters)
    {
        if (settings.Method != MergeMethod.Ties)
            return;
        for (var i = 0; i < adapters.Count; i++)
        {
            if (adapters[i].Updates.FirstOrDefault(u => u.Lora.A.Value.Rank == 3) is { } experts)
                throw new InputException(
                    "method",
                    "ties",
                    $"{parts[i].Name} changes the experts ({experts.Weight.Key}), and TIES would decompose the whole matrix of each expert",
                    "use `method linear` or `method svd`"
                );
        }
    }

    private AdapterMetadata MergedMetadata()
    {
        var found = parts.Select(p => AdapterMetadata.Read(p.Folder)).ToList();
        for (var i = 0; i < parts.Count; i++)
        {
            if (found[i]?.Base is null)
                Differs($"{parts[i].Name}: has no fingerprint of its base model, so whether the bases are the same cannot be checked");
            else if (found[0]?.Base is { } first && !IsSame(first.Fingerprint, found[i]!.Base!.Fingerprint))
                Differs(
                    $"{parts[i].Name}: was trained on {found[i]!.Base!.Name} (fingerprint {found[i]!.Base!.Fingerprint.Short}), but "
                        + $"{parts[0].Name} on {first.Name} ({first.Fingerprint.Short})"
                );
        }
        var tilings = found.Select(m => (m?.Tiling, m?.TileAnswers)).Distinct().ToList();
        if (tilings.Count > 1)
            Options.Log?.Invoke(
                "the adapters were trained with different tiles, so the merged adapter records none; give `tile` when you use it"
            );
        return new AdapterMetadata
        {
            Base = found[0]?.Base,
            Tiling = tilings.Count == 1 ? tilings[0].Tiling : null,
            TileAnswers = tilings.Count == 1 ? tilings[0].TileAnswers : null,
            Others = new Dictionary<string, JsonElement>
            {
                ["merge"] = JsonSerializer.SerializeToElement(new { Method = settings.ToString(), Parts = Parents() }, Layout),
            },
        };
    }

    private static bool IsSame(WeightFingerprint a, WeightFingerprint b) => a.Matches(b) || a.IsOtherPrecisionOf(b);

    private void Differs(string what)
    {
        if (!Options.AllowOtherBase)
            throw new InputException($"{what}; merge adapters of one base, or add `other-base` to merge them anyway");
        Options.Log?.Invoke($"{what}; it is merged anyway because `other-base` is set");
    }

    private List<AdapterParent> Parents() =>
        [.. parts.Select(p => new AdapterParent(p.Name, p.Weight, LibraryFiles.Hash(p.Folder, [AdapterFiles.WeightsName])[0].Sha256))];

    private object Record(MergeResult result) =>
        new
        {
            Method = settings.ToString(),
            result.Rank,
            Parts = Parents(),
            result.RelativeError,
            result.PredictedError,
            result.Different,
            result.Count,
            result.Modules,
        };

    // An error of this program, which must not become an adapter that somebody uses.
    private static void Refuse(MergeResult result)
    {
        foreach (var module in result.Modules)
        {
            var holds =
                result.Method == MergeMethod.Linear
                    ? module.LargestExcess <= 1
                    : Math.Abs(module.RelativeError - module.PredictedError) <= Tolerance;
            if (!holds)
                throw new InputException(
                    FormattableString.Invariant(
                        $"{module.Key}: the merged update differs by {module.RelativeError:0.0E+00} from what it should be, more than "
                    ) + FormattableString.Invariant($"expected ({module.PredictedError:0.0E+00}); nothing was written; please report this")
                );
        }
    }

    private void RefuseWritten(string folder, Adapter merged, Dictionary<string, Tensor> factors)
    {
        using var written = AdapterUpdates.Open(config, folder);
        foreach (var (weight, lora) in merged.Updates)
        {
            using var scope = new TensorScope();
            var (a, b, scale) = written.Read(weight.Key);
            if (scale != 1 || !Same(a, factors[lora.A.Key]) || !Same(b, factors[lora.B.Key]))
                throw new InputException(
                    $"{Path.Combine(folder, AdapterFiles.WeightsName)}: {weight.Key} is not what was written; check the disk"
                );
        }
    }

    private static bool Same(Tensor a, Tensor b) => a.ToArray<float>().AsSpan().SequenceEqual(b.ToArray<float>());
}
