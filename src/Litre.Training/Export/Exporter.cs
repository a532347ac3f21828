using Litre.Model;
using Litre.Model.Files;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Torch.Files;
using Litre.Training.Verification;

namespace Litre.Training.Export;

/// <summary>
/// Exports a trained adapter. The output is written under another name, loaded back, compared with base and adapter in
/// memory, and renamed only when it computes the same.
/// </summary>
/// <param name="model">The base checkpoint's folder.</param>
/// <param name="adapter">The adapter's folder, in PEFT's format.</param>
/// <param name="output">A folder that does not exist yet, or is empty.</param>
/// <param name="dtype">Type to compare in.</param>
/// <param name="device">Where to compare.</param>
public sealed class Exporter(string model, string adapter, string output, DType dtype, Device device)
{
    /// <summary>The experts' layout, where their dimensions do not tell it.</summary>
    public ExpertLayout? Layout { get; init; }

    /// <summary>Told the bytes written and the bytes in all.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Told how far a model is loaded to be compared.</summary>
    public Action<LoadProgress>? Loading { get; init; }

    private LoadOptions Reading => new() { Progress = Loading };

    /// <summary>The base checkpoint with the adapter folded in, in the base checkpoint's own layout.</summary>
    /// <exception cref="InputException">Checkpoint and adapter do not fit, or the output cannot be written.</exception>
    public ExportResult ToMerged(CancellationToken cancel = default) => Write(folder =>
    {
        var changed = MergedCheckpoint.Write(model, adapter, folder, Layout, Progress, cancel);
        return Compare(changed, () => ModelFiles.Load(folder, dtype, device, Layout, Reading), cancel);
    });

    /// <summary>The adapter alone, naming its base model.</summary>
    /// <param name="baseName">What <c>base_model_name_or_path</c> will say: a hub name, or a folder.</param>
    /// <param name="cancel">Stops between loads.</param>
    /// <exception cref="InputException">Checkpoint and adapter do not fit, or the output cannot be written.</exception>
    public ExportResult ToPeft(string baseName, CancellationToken cancel = default) => Write(folder =>
    {
        int changed;
        using (var updates = AdapterUpdates.Open(ModelConfig.Load(model), adapter)) changed = updates.Keys.Count;
        var weights = Path.Combine(adapter, AdapterFiles.WeightsName);
        AtomicFile.Write(Path.Combine(folder, AdapterFiles.WeightsName), new FileInfo(weights).Length, stream =>
        {
            using var file = File.OpenRead(weights);
            file.CopyTo(stream);
        });
        (AdapterConfig.Load(adapter) with { BaseModel = baseName, InferenceMode = true }).Save(folder);
        return Compare(changed, () =>
        {
            var loaded = ModelFiles.Load(model, dtype, device, Layout, Reading);
            AdapterFiles.Load(loaded, folder);
            return loaded;
        }, cancel);
    });

    private ExportResult Write(Func<string, ExportResult> write) => AtomicFolder.Write(output, write, result => result.Passed);

    // One model at a time: two of 60 GB would not fit.
    private ExportResult Compare(int changed, Func<VisionLanguageModel> open, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        double[] expected;
        double effect;
        using var probe = new Probe(ModelConfig.Load(model));
        using (var memory = ModelFiles.Load(model, dtype, device, Layout, Reading))
        {
            var without = probe.Lead(memory);
            AdapterFiles.Load(memory, adapter);
            expected = probe.Lead(memory);
            effect = Probe.Distance(without, expected);
            AdapterFiles.Detach(memory);
        }
        cancel.ThrowIfCancellationRequested();
        using var exported = open();
        var difference = Probe.Distance(probe.Follow(exported), expected);
        if (exported.AdapterConfig is not null) AdapterFiles.Detach(exported);
        return new ExportResult(output, changed, effect, difference, Tolerances.For(dtype).ActivationRelative);
    }
}
