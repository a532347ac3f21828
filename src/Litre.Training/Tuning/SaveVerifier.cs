using System.Globalization;
using Litre.Export;
using Litre.Model;
using Litre.Model.Files;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Training.Tuning;

/// <summary>
/// Loads what has just been saved, as a user's program does, and compares it with what is in memory. An adapter that would silently do
/// nothing is detected here, while the previous checkpoint still exists.
/// </summary>
internal static class SaveVerifier
{
    /// <summary>Both sides are the same program on the same numbers, so only sums in another order may differ.</summary>
    private const double LogitBound = 1e-6;

    // What was just written has no checksums; each tensor is read separately, and its bits are compared.
    private static readonly LoadOptions WithoutChecksums = new() { VerifyChecksums = false, CheckValues = false };

    /// <summary>
    /// Checks the adapter of slot 0: its configuration names the same modules with the same scale, and its factors give the same logits
    /// for a fixed sample as those in memory. The model is left unchanged.
    /// </summary>
    /// <exception cref="TorchException">The saved adapter computes something else.</exception>
    /// <exception cref="DivergedException">
    /// The model in memory returns values that are not finite, so nothing can be compared.
    /// </exception>
    public static void CheckAdapter(string folder, CausalModel model)
    {
        CheckScales(folder, model);
        var distance = Distance(
            model,
            () =>
            {
                using var file = SafetensorsFile.Open(Path.Combine(folder, AdapterFiles.WeightsName));
                AdapterFiles.Fill(model.Adapters[0], file);
            }
        );
        if (!(distance <= LogitBound))
            throw new TorchException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{folder}: the saved adapter, loaded again, gives logits that differ by {distance:0.0E+00} from "
                        + $"those in memory, expected at most {LogitBound:0E+00}; check the disk"
                )
            );
    }

    /// <summary>
    /// Checks a full checkpoint: every tensor, read by the loader, equals the one in memory, rounded to the file's type.
    /// </summary>
    /// <exception cref="TorchException">A saved tensor differs.</exception>
    public static void CheckWeights(string folder, CausalModel model)
    {
        using var checkpoint = Checkpoint.Open(folder);
        CheckWeights(folder, model, CheckpointShape.Of(checkpoint, model.Config), checkpoint);
    }

    /// <summary>Counts the memory of the checks with a model on a meta device.</summary>
    public static void DryRun(CausalModel model, CheckpointShape shape, bool full)
    {
        if (full)
            CheckWeights("", model, shape, null);
        else
            Distance(model, () => AdapterFiles.DryRunFill(model.Adapters[0]));
    }

    private static void CheckWeights(string folder, CausalModel model, CheckpointShape shape, Checkpoint? checkpoint)
    {
        var source = new CheckpointSource(shape, checkpoint, model.DType, model.Device);
        foreach (var parameter in model.Parameters)
        {
            using var scope = new TensorScope();
            using var read = source.Make(parameter.Key, parameter.Sizes);
            source.Load(WithoutChecksums);
            // Rounding to the file's type does not count as a difference.
            var expected = parameter.Dequantize().To(shape.Tensors[parameter.Key].DType).To(model.DType);
            if (!AreSame(read.Value, expected))
                throw new TorchException(
                    $"{folder}: the saved tensor {parameter.Key}, loaded again, differs from the one in memory; check the disk"
                );
        }
    }

    // How much the logits of a fixed sample change when the factors are loaded again; they are restored afterwards.
    private static double Distance(CausalModel model, Action fill)
    {
        using var scope = new TensorScope();
        var parameters = model.Adapters[0].Parameters.ToList();
        var kept = parameters.Select(p => p.Value.Clone()).ToList();
        using var probe = new ExportProbe(model.Config, model.Device.Host);
        var expected = probe.RecordRouting(model);
        if (!expected.All(double.IsFinite))
            throw new DivergedException("the logits of a fixed sample are not finite");
        try
        {
            fill();
            return ExportProbe.Distance(probe.ReplayRouting(model), expected);
        }
        finally
        {
            for (var i = 0; i < kept.Count; i++)
                parameters[i].Value.CopyFrom(kept[i]);
        }
    }

    // Bit for bit.
    private static unsafe bool AreSame(Tensor a, Tensor b)
    {
        const long Block = 1 << 30;
        using var scope = new TensorScope();
        var (x, y) = (a.To(a.Device.Host).Contiguous(), b.To(b.Device.Host).Contiguous());
        if (x.Device.IsMeta)
            return true;
        for (var start = 0L; start < x.Bytes; start += Block)
        {
            var length = (int)Math.Min(Block, x.Bytes - start);
            if (
                !new ReadOnlySpan<byte>((byte*)x.DataPointer + start, length).SequenceEqual(
                    new ReadOnlySpan<byte>((byte*)y.DataPointer + start, length)
                )
            )
                return false;
        }
        return true;
    }

    private static void CheckScales(string folder, CausalModel model)
    {
        using var saved = AdapterUpdates.Open(model.Config, folder);
        var scales = model.Adapters[0].Updates.ToDictionary(u => u.Weight.Key, u => u.Lora.Scale);
        var wrong = scales
            .Keys.Union(saved.Keys)
            .FirstOrDefault(k => !scales.TryGetValue(k, out var scale) || !saved.Keys.Contains(k) || saved.Scale(k) != scale);
        if (wrong is not null)
            throw new TorchException(
                $"{folder}: the saved adapter's configuration, loaded again, gives {wrong} a different update than in memory"
            );
    }
}
