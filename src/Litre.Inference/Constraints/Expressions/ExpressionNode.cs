using Litre.Inference.Constraints.Automata;

namespace Litre.Inference.Constraints.Expressions;

/// <summary>A part of a regular expression.</summary>
internal abstract record ExpressionNode;

/// <summary>One character.</summary>
internal sealed record CharacterNode(IReadOnlyList<CodePointRange> Ranges) : ExpressionNode;

/// <summary>Parts after each other.</summary>
internal sealed record SequenceNode(IReadOnlyList<ExpressionNode> Parts) : ExpressionNode;

/// <summary>One of several parts.</summary>
internal sealed record ChoiceNode(IReadOnlyList<ExpressionNode> Parts) : ExpressionNode;

/// <summary>A part several times; no limit if <paramref name="Most"/> is null.</summary>
internal sealed record RepeatNode(ExpressionNode Part, int Least, int? Most) : ExpressionNode;

/// <summary>The beginning or the end of the text.</summary>
internal sealed record AnchorNode(EdgeCondition Condition) : ExpressionNode;

/// <summary>A regular expression, and what must or must not follow at its beginning.</summary>
internal sealed record ParsedExpression(ExpressionNode Root, IReadOnlyList<(ExpressionNode Part, bool IsNegated)> LookAheads);
