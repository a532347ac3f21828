using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>One operand of an operator: in the type and on the device under test, and the same numbers in float64 on the CPU.</summary>
internal readonly record struct Operand(Tensor Here, Tensor Exact)
{
    /// <summary>The same view or copy of both.</summary>
    public Operand Each(Func<Tensor, Tensor> change) => new(change(Here), change(Exact));
}
