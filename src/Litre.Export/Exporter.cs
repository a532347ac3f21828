using Litre.Core;
using Litre.Core.Files;
using Litre.Kernels;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Export;

/// <summary>
/// Exports a trained adapter. The output is written under a temporary name, loaded again, compared with base and adapter in memory, and
/// renamed only if it computes the same.
/// </summary>
/// <param name="model">The base checkpoint's folder.</param>
/// <param name="adapter">The adapter's folder, in PEFT's format.</param>
/// <param name="output">A folder that does not exist yet, or is empty.</param>
/// <param name="dtype">Type to compare in.</param>
/// <param name="device">The device.</param>
public sealed class Exporter(string model, string adapter, string output, DType dtype, Device device)
{
    /// <summary>The experts' layout, if it cannot be determined from their dimensions.</summary>
    public ExpertLayout? Layout { get; init; }

    /// <summary>Called with the bytes written and the bytes in total.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Called with the progress of loading a model for the comparison.</summary>
    public Action<LoadProgress>? Loading { get; init; }

    /// <summary>Whether an adapter of another base is accepted, and where warnings are sent.</summary>
    public AdapterLoadOptions AdapterLoadOptions { get; init; } = new();

    private LoadOptions Reading => new() { Progress = Loading, Kernels = Kernels };

    /// <summary>The kernels that the compared models may use.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;

    /// <summary>Writes the base checkpoint with the adapter merged into it, in the base checkpoint's own layout.</summary>
    /// <exception cref="InputException">Checkpoint and adapter do not fit, or the output cannot be written.</exception>
    public ExportResult ToMerged(CancellationToken cancel = default)
    {
        using (var checkpoint = Checkpoint.Open(model))
            AtomicFile.CheckSpace(
                SettingName.Quote("output", output),
                CheckpointCopy.Bytes(checkpoint.Tensors.Values, model),
                DiskSpace.FreeBytes(output)
            );
        return Write(
            (folder, memory) =>
            {
                var changed = MergedCheckpoint.Write(model, adapter, folder, Layout, Progress, cancel);
                // The merged model must see a large page as the adapter saw it in training.
                if (AdapterMetadata.Read(adapter) is { Tiling: not null } facts)
                    new AdapterMetadata { Tiling = facts.Tiling, TileAnswers = facts.TileAnswers }.Save(folder);
                // The merged weights are rounded to the checkpoint's own type, regardless of the type of the comparison.
                var rounding = Math.Max(Bound(dtype), Bound(ModelFiles.TypeOf(model)));
                return Compare(changed, memory, rounding, () => ModelFiles.Load(folder, dtype, device, Layout, Reading), cancel);
            },
            cancel
        );
    }

    /// <summary>Writes only the adapter, with the name of its base model.</summary>
    /// <param name="baseName">The value of <c>base_model_name_or_path</c>: a hub name or a folder.</param>
    /// <param name="cancel">Stops between loads.</param>
    /// <exception cref="InputException">Checkpoint and adapter do not fit, or the output cannot be written.</exception>
    public ExportResult ToPeft(string baseName, CancellationToken cancel = default) =>
        Write(
            (folder, memory) =>
            {
                int changed;
                using (var updates = AdapterUpdates.Open(ModelConfigs.Load(model), adapter))
                {
                    changed = updates.Keys.Count;
                    if (updates.HasPeftKeys)
                        CopyWeights(folder);
                    else
                        updates.CopyWeights(folder);
                }
                (AdapterConfig.Load(adapter) with { BaseModel = baseName, InferenceMode = true }).Save(folder);
                ((AdapterMetadata.Read(adapter) ?? new AdapterMetadata()) with { Base = memory.Base }).Save(folder);
                return Compare(
                    changed,
                    memory,
                    Bound(dtype),
                    () =>
                    {
                        var loaded = ModelFiles.Load(model, dtype, device, Layout, Reading);
                        AdapterFiles.Load(loaded, folder);
                        return loaded;
                    },
                    cancel
                );
            },
            cancel
        );

    private void CopyWeights(string folder)
    {
        var weights = Path.Combine(adapter, AdapterFiles.WeightsName);
        AtomicFile.Write(
            Path.Combine(folder, AdapterFiles.WeightsName),
            new FileInfo(weights).Length,
            stream =>
            {
                using var file = File.OpenRead(weights);
                file.CopyTo(stream);
            }
        );
    }

    // Base and adapter are computed first, so that an unusable pair is refused before anything is written.
    private ExportResult Write(Func<string, InMemory, ExportResult> write, CancellationToken cancel) =>
        AtomicFolder.Write(
            output,
            folder =>
            {
                using var probe = new ExportProbe(ModelConfigs.Load(model));
                return write(folder, ComputeReference(probe, cancel));
            },
            result => result.Passed
        );

    private InMemory ComputeReference(ExportProbe probe, CancellationToken cancel)
    {
        BaseModelMatch.CheckName(model, ModelConfigs.Load(model), adapter, AdapterLoadOptions with { Log = null });
        cancel.ThrowIfCancellationRequested();
        using var memory = ModelFiles.Load(model, dtype, device, Layout, Reading);
        var without = probe.RecordRouting(memory);
        AdapterFiles.Load(memory, adapter, AdapterLoadOptions);
        var expected = probe.RecordRouting(memory);
        memory.Adapters.Clear();
        return new InMemory(probe, expected, ExportProbe.Distance(without, expected), memory.Base);
    }

    // One model at a time: two of 60 GB would not fit.
    private ExportResult Compare(int changed, InMemory memory, double bound, Func<CausalModel> open, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var exported = open();
        var difference = ExportProbe.Distance(memory.Probe.ReplayRouting(exported), memory.Logits);
        return new ExportResult(output, changed, memory.Effect, difference, bound);
    }

    private static double Bound(DType type) => Tolerances.For(type).ActivationRelative;

    /// <param name="Probe">The sample on which both sides are compared.</param>
    /// <param name="Logits">The logits of base and adapter.</param>
    /// <param name="Effect">How much the adapter changes them.</param>
    /// <param name="Base">The identity of the base's weights.</param>
    private sealed record InMemory(ExportProbe Probe, double[] Logits, double Effect, BaseIdentity? Base);
}
