namespace Litre.Torch;

public static partial class Ops
{
    // Values and both moments are read and written, gradients read.
    private const double UpdatePasses = 7;

    /// <summary>
    /// One AdamW step with decoupled weight decay over all tensors at once, in place (Loshchilov and Hutter 2019).
    /// </summary>
    /// <param name="parameters">Values to update. All tensors are dense: the kernel reads them as vectors.</param>
    /// <param name="gradients">They have the parameters' shapes and type.</param>
    /// <param name="means">First moments.</param>
    /// <param name="variances">Second moments.</param>
    /// <param name="steps">Float32 tensors of no dimensions: the number of this step, counted from one.</param>
    /// <param name="lr">Learning rate.</param>
    /// <param name="beta1">Decay of the first moment.</param>
    /// <param name="beta2">Decay of the second moment.</param>
    /// <param name="weightDecay">Decay of the values per unit of learning rate.</param>
    /// <param name="eps">Added to the root of the second moment.</param>
    /// <param name="gradientDivisor">A float32 tensor of no dimensions by which gradients are divided first.</param>
    public static void AdamWInPlace(
        ReadOnlySpan<Tensor> parameters,
        ReadOnlySpan<Tensor> gradients,
        ReadOnlySpan<Tensor> means,
        ReadOnlySpan<Tensor> variances,
        ReadOnlySpan<Tensor> steps,
        double lr,
        double beta1,
        double beta2,
        double weightDecay,
        double eps,
        Tensor? gradientDivisor
    )
    {
        for (var i = 0; i < parameters.Length; i++)
        {
            if (!parameters[i].Sizes.SequenceEqual(gradients[i].Sizes))
                throw Refuse("aten::_fused_adamw_"u8, $"parameter {parameters[i]} and gradient {gradients[i]} do not match");
            if (!parameters[i].IsContiguous || !gradients[i].IsContiguous || !means[i].IsContiguous || !variances[i].IsContiguous)
                throw Refuse("aten::_fused_adamw_"u8, $"parameter {parameters[i]}, its gradient or a moment is not dense");
        }
        Calls++;
        if (parameters.IsEmpty)
            return;
        if (parameters[0].Device.IsMeta)
        {
            for (var i = 0; i < parameters.Length; i++)
                Tally?.Add(0, parameters[i].DType, UpdatePasses * parameters[i].Bytes);
            return;
        }
        var call = new OpCall("aten::_fused_adamw_"u8);
        if (call.IsProfiled)
        {
            var bytes = 0.0;
            foreach (var parameter in parameters)
                bytes += UpdatePasses * parameter.Bytes;
            call.AddTraffic(bytes);
        }
        call.Push(parameters);
        call.Push(gradients);
        call.Push(means);
        call.Push(variances);
        call.Push((ReadOnlySpan<Tensor>)[]);
        call.Push(steps);
        call.Push(lr);
        call.Push(beta1);
        call.Push(beta2);
        call.Push(weightDecay);
        call.Push(eps);
        call.Push(false);
        call.Push(false);
        call.PushOptional(gradientDivisor);
        call.PushNone();
        call.Run();
    }

    /// <summary>
    /// Copies each source over its target, converting types; one launch for many small dense tensors. If either side is not dense,
    /// the operator copies all of its pairs one at a time, so those pairs get a separate call.
    /// </summary>
    public static void CopyAllInPlace(ReadOnlySpan<Tensor> targets, ReadOnlySpan<Tensor> sources)
    {
        if (targets.Length != sources.Length)
            throw Refuse("aten::_foreach_copy_"u8, $"{targets.Length} targets, but {sources.Length} sources");
        List<Tensor> dense = [],
            denseSources = [],
            strided = [],
            stridedSources = [];
        for (var i = 0; i < targets.Length; i++)
        {
            if (!targets[i].Sizes.SequenceEqual(sources[i].Sizes))
                throw Refuse("aten::_foreach_copy_"u8, $"{sources[i]} cannot be copied into {targets[i]}");
            var isDense = targets[i].IsContiguous && sources[i].IsContiguous;
            (isDense ? dense : strided).Add(targets[i]);
            (isDense ? denseSources : stridedSources).Add(sources[i]);
        }
        if (dense.Count > 0)
            CopyEach([.. dense], [.. denseSources]);
        if (strided.Count > 0)
            CopyEach([.. strided], [.. stridedSources]);
    }

    private static void CopyEach(ReadOnlySpan<Tensor> targets, ReadOnlySpan<Tensor> sources)
    {
        Calls++;
        if (targets[0].Device.IsMeta)
        {
            for (var i = 0; i < targets.Length; i++)
                Tally?.Add(0, targets[i].DType, targets[i].Bytes + sources[i].Bytes);
            return;
        }
        var call = new OpCall("aten::_foreach_copy_"u8);
        call.Push(targets);
        call.Push(sources);
        call.Push(false);
        call.Run();
    }
}
