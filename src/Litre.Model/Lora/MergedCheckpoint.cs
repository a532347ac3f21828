using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Lora;

/// <summary>
/// A base checkpoint with an adapter merged into it, written tensor by tensor: in addition to buffers, it needs memory for one matrix
/// (one expert's for stacked experts) and the factors of its update, regardless of the checkpoint's size.
/// </summary>
public static class MergedCheckpoint
{
    /// <summary>Writes the merged checkpoint: W + scale · B A in float32, rounded once to the type of the original.</summary>
    /// <param name="model">The base checkpoint's folder.</param>
    /// <param name="adapter">The adapter's folder.</param>
    /// <param name="folder">The folder to write; new or empty.</param>
    /// <param name="chosen">The experts' layout, if it cannot be determined from their dimensions.</param>
    /// <param name="progress">Called with the bytes written and the bytes in total.</param>
    /// <param name="cancel">Stops between tensors.</param>
    /// <returns>How many tensors the adapter changed.</returns>
    /// <exception cref="InputException">Checkpoint and adapter do not fit, or the disk is full.</exception>
    public static int Write(
        string model,
        string adapter,
        string folder,
        ExpertLayout? chosen = null,
        Action<long, long>? progress = null,
        CancellationToken cancel = default
    )
    {
        var config = ModelConfigs.Load(model);
        using var checkpoint = Checkpoint.Open(model);
        var layout = ExpertLayouts.Decide(model, config, checkpoint.Tensors, chosen);
        checkpoint.CheckAgainst(config.Keys.Shapes(layout), config.Keys.Optional);
        using var updates = AdapterUpdates.Open(config, adapter);
        var done = 0L;
        CheckpointCopy.Write(
            checkpoint,
            folder,
            entry =>
            {
                progress?.Invoke(done += entry.Bytes, checkpoint.Bytes);
                return updates.Keys.Contains(entry.Name) ? stream => WriteMerged(checkpoint, entry, updates, layout, stream) : null;
            },
            cancel
        );
        return updates.Keys.Count;
    }

    private static void WriteMerged(Checkpoint checkpoint, TensorEntry entry, AdapterUpdates updates, ExpertLayout layout, Stream stream)
    {
        using var scope = new TensorScope();
        var (a, b, scale) = updates.Read(entry.Name);
        if (entry.Shape.Length == 2)
        {
            WriteMatrix(checkpoint, entry, 0, a, b, scale, transposed: false, stream);
            return;
        }
        for (var expert = 0L; expert < entry.Shape[0]; expert++)
        {
            using var inner = new TensorScope();
            var (aExpert, bExpert) = (Expert(a, expert), Expert(b, expert));
            WriteMatrix(checkpoint, entry, expert, aExpert, bExpert, scale, layout == ExpertLayout.Hub, stream);
        }
    }

    private static void WriteMatrix(
        Checkpoint checkpoint,
        TensorEntry entry,
        long index,
        Tensor a,
        Tensor b,
        double scale,
        bool transposed,
        Stream stream
    )
    {
        using var scope = new TensorScope();
        var weight = Tensor.Empty(entry.Shape[^2..], entry.DType, Device.Cpu);
        checkpoint.ReadPart(entry, index * weight.Bytes, Bytes(weight));
        var delta = Ops.Mul(Ops.MatMul(b, a), scale); // (out, in)
        var sum = Ops.Add(weight.To(DType.Float32), transposed ? delta.Transposed().Contiguous() : delta);
        stream.Write(Bytes(sum.To(entry.DType)));
    }

    private static Tensor Expert(Tensor stacked, long expert) => stacked.Slice(0, expert, 1).View(stacked.Size(1), stacked.Size(2));

    // One matrix is far below 2 GiB in every size of the family.
    private static unsafe Span<byte> Bytes(Tensor tensor) => new((void*)tensor.DataPointer, checked((int)tensor.Bytes));
}
