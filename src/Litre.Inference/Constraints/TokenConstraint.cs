namespace Litre.Inference.Constraints;

/// <summary>
/// Which tokens an answer may continue with, so that it has the form that was requested when it ends. Follows one answer. Not thread-safe.
/// </summary>
public abstract class TokenConstraint
{
    /// <summary>Whether the answer so far has the form; stop tokens are allowed exactly then.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>Whether a token may follow.</summary>
    public abstract bool Allows(int token);

    /// <summary>Sets the logits of tokens that may not follow to minus infinity.</summary>
    /// <param name="logits">One value for each token of the model's vocabulary, which may be larger than the tokenizer's.</param>
    public abstract void Mask(Span<float> logits);

    /// <summary>Appends a token to the answer.</summary>
    /// <exception cref="ArgumentException">The token may not follow.</exception>
    public abstract void Accept(int token);
}
