namespace Litre.Data.Chat;

/// <summary>A conversation as tokens.</summary>
/// <param name="InputIds">(T) token ids.</param>
/// <param name="Labels">(T) the token itself if it carries loss, otherwise -100. Not shifted.</param>
/// <param name="TokenTypes">(T) 0 text, 1 image pad, 2 video pad (<c>mm_token_type_ids</c>).</param>
/// <param name="Visuals">Images and videos in the order of their pads, by kind and index.</param>
public sealed record EncodedChat(int[] InputIds, int[] Labels, byte[] TokenTypes, IReadOnlyList<(ContentKind Kind, int Index)> Visuals)
{
    /// <summary>The label of a token without loss.</summary>
    public const int NoLoss = -100;
}
