using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>
/// The largest accepted error by norm of an operator, per element type. Operands are exact in the type, so the error
/// is the rounding of results and intermediate values. A result rounded once differs by 1.7e-3 in bf16 and 3e-8 in
/// float32; the worst of 200 draws on the CPU was 1e-2 (the gradients of a layer norm) and 6e-7. A wrong kernel differs by
/// 1e-1 or more, and TF32 in place of float32 by 3e-4.
/// </summary>
internal static class OperatorTolerances
{
    public static double For(DType dtype) =>
        dtype switch
        {
            DType.BFloat16 => 2e-2,
            DType.Float16 => 2.5e-3,
            DType.Float32 => 1e-5,
            _ => 0, // integers
        };
}
