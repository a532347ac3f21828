using Litre.Torch;

namespace Litre.Planning.Benchmarks;

/// <summary>
/// How the time of a step, or of decoding, is distributed. On CUDA, the profile waits for each operator, so the total is longer than
/// without it.
/// </summary>
/// <param name="Seconds">The total seconds.</param>
/// <param name="Operators">The times by operator and part of the model, the slowest first.</param>
public sealed record StepProfile(double Seconds, IReadOnlyList<OperatorTime> Operators)
{
    /// <summary>The operators of all parts together, the slowest first.</summary>
    public IReadOnlyList<OperatorTime> ByOperator => Group(o => o.Name, (name, sum) => sum with { Name = name });

    /// <summary>The parts with all their operators, the slowest first.</summary>
    public IReadOnlyList<OperatorTime> ByPart => Group(o => o.Part, (part, sum) => sum with { Part = part });

    /// <summary>Time between operators: the program itself.</summary>
    public double OutsideSeconds => Math.Max(0, Seconds - Operators.Sum(o => o.Seconds));

    private IReadOnlyList<OperatorTime> Group<TKey>(Func<OperatorTime, TKey> key, Func<TKey, OperatorTime, OperatorTime> name) =>
        [
            .. Operators
                .GroupBy(key)
                .Select(g =>
                    name(
                        g.Key,
                        new OperatorTime(
                            "",
                            ModelPart.Other,
                            g.Sum(o => o.Calls),
                            g.Sum(o => o.Seconds),
                            g.Sum(o => o.Flops),
                            g.Sum(o => o.Bytes)
                        )
                    )
                )
                .OrderByDescending(o => o.Seconds),
        ];
}
