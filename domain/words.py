"""What the words of an answer mean: each status, state, flag and finding, in a sentence."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.states import State, Status

STATUSES: Mapping[Status, str] = MappingProxyType(
    {
        Status.NONE: "Nothing that counts was done; the State is not bound.",
        Status.SIGNATORY: "It signed subject to ratification: not bound, but it must not defeat object and purpose"
        " (VCLT 18(a)).",
        Status.SIGNATORY_NO_INTENT: "It signed, and told the depositary that it will not become a party (VCLT 18(a)).",
        Status.CONTRACTING: "It consented to be bound, and the treaty is not in force for it yet (VCLT 2(1)(f)).",
        Status.PROVISIONAL: "It applies the treaty before it is in force for it, and is bound as agreed (VCLT 25).",
        Status.PARTY: "The treaty is in force for it (VCLT 2(1)(g)).",
        Status.PARTY_WITHDRAWING: "Its notice runs; until the day of effect it is bound in full (VCLT 54, 68).",
        Status.PARTY_SUSPENDED: "It is a party, and operation is suspended towards all (VCLT 57, 72).",
        Status.FORMER_PARTY: "It was a party, and is not now; what was done before stays done (VCLT 70).",
        Status.EXTINCT: "The State exists no more.",
        Status.DISPUTED: "Authorities disagree about the status itself; `positions` tells who holds what.",
    }
)
"""Each primary status; there is exactly one on every day."""

STATES: Mapping[State, str] = MappingProxyType(
    {
        State.NOT_OPEN: "Nothing is on record by which the treaty was adopted, opened or joined by that day.",
        State.NOT_ADOPTED: "The text is adopted only later (VCLT 9).",
        State.ADOPTED_NOT_OPEN: "The text is adopted, and nobody can sign or join yet.",
        State.OPEN_NOT_IN_FORCE: "States can join, and the treaty binds nobody yet.",
        State.IN_FORCE: "The treaty binds those that have consented (VCLT 24).",
        State.TERMINATED: "The treaty has ended for all (VCLT 54-64).",
        State.EXPIRED: "Its term is over.",
        State.SUPERSEDED: "A later treaty took its place (VCLT 30, 59).",
    }
)
"""Each state of a treaty."""

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "as_amended": "It is a party to the treaty as amended: it joined after an amendment, or one reached it"
        " (VCLT 40(4)-(5)).",
        "authority_contested": "Two authorities act for the State.",
        "consent_contested": "The consent was refused, and whether it has effect is denied.",
        "contracting": "Beside provisional application: it has consented, and waits for entry into force.",
        "former_party": "It was a party before.",
        "new_consent_pending": "It gave a new consent while its notice runs.",
        "operation_deemed_suspended": "A newly independent State notified its succession later: until then operation"
        " is deemed suspended (VCSST 23(2)).",
        "rights_suspended": "Rights of membership are suspended; it is bound all the same.",
        "survival_obligations": "Obligations outlive its exit.",
        "suspended": "It is leaving, and operation is suspended towards all.",
        "suspended_inter_se": "Operation is suspended towards some parties only.",
        "suspension_contested": "Others deny that operation is suspended.",
        "treaty_expired": "Its membership ended because the term was over.",
        "treaty_terminated": "Its membership ended because the treaty ended.",
        "unconfirmed_signature": "It signed ad referendum, and has not confirmed (VCLT 12(2)(b)).",
        "withdrawal_contested": "Others deny that the notice has effect, or the day of it; "
        "or it was made to stand still, of which the law of treaties says nothing.",
        "withdrawal_postponed": "The exit waits for the end of an armed conflict.",
        "withdrawal_without_clause": "The treaty has no clause on withdrawal (VCLT 56).",
    }
)
"""Each flag of a party; it is true beside the status."""

TREATY_FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "amended": "An amendment is in force.",
        "below_minimum": "Fewer are parties than its entry into force had needed; it stays in force (VCLT 55).",
        "closed_for_signature": "Nobody can sign any more.",
        "condition_met": "The conditions of entry into force are met, and the day is to come.",
        "entry_into_force_not_on_record": "No clause or act on record tells when it entered into force.",
        "provisional_application": "It is applied provisionally before it is in force.",
    }
)
"""Each flag of a treaty; it is true beside the state."""

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "accession_by_signatory": "A State that had signed acceded; its instrument counts all the same (VCLT 14-15).",
        "approval_presumed": "Accession is subject to an organ's approval that is not on record and is presumed.",
        "conditions_presumed": "The exit is subject to more than time, which is presumed to be fulfilled.",
        "counted_from_receipt": "A time that runs from the depositary's notification is counted from receipt,"
        " since that day is not on record.",
        "entry_into_force_not_on_record": "When the treaty entered into force is not on record.",
        "in_force_before_treaty": "A stated day brings the treaty into force for the State before it is in force.",
        "predecessor_not_on_record": "No act of the predecessor is on record, so that its position is presumed.",
        "sources_disagree": "Another source gives another day for an act on record; the act on record counts.",
        "stated_differs_from_computed": "The depositary stated another day than the clauses give; its day counts.",
        "threshold_unmade": "An instrument was taken back after the conditions were met and before the day itself.",
    }
)
"""Each finding, beside the rules that an act can break (`domain.irregularities`)."""
