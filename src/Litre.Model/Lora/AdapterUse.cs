namespace Litre.Model.Lora;

/// <summary>How an adapter, or a checkpoint of training, is put on a base.</summary>
public sealed record AdapterUse
{
    /// <summary>Whether a base other than the one that it was trained on is accepted.</summary>
    public bool OtherBase { get; init; }

    /// <summary>Told in one line what cannot be checked of the base, or is accepted all the same.</summary>
    public Action<string>? Say { get; init; }
}
